import { type Command, Option } from 'commander'
import { workingDirectory } from '../pipeline/module.ts'
import { pipelineFrom } from '../pipeline/pipeline.ts'
import { sources } from '../pipeline/sources.ts'
import * as stages from '../stages/index.ts'
import { logMel } from '../stages/spectra/logMel.ts'
import { type AudioOptions, audioDefinition, type OutOptions } from './definitions.ts'
import { execute, outputs } from './outputs.ts'
import { byTask, pooling } from './poolOptions.ts'
import { chosen, valued } from './valued.ts'

const does = 'vectors of sound: WAV, MP3, FLAC, Ogg, others by ffmpeg; - for standard input'

const examples = `
Examples:
  poolwise audio words/*.wav --out words.npy
  poolwise audio talk.flac --pool mean,std,max --window 1s --stride 0.5s
  arecord -t raw -f S16_LE -r 16000 | poolwise audio - --rate 16000 --window 1s
`

/** `poolwise audio`. */
export function audioCommand(program: Command): void {
  outputs(audioOptions(program, '<files...>', `${does}. ${byTask('audio')}`).summary(does))
    .addHelpText('after', examples)
    .action(async (inputs: string[], options: AudioOptions & OutOptions) =>
      execute(pipelineFrom(audioDefinition(options)), workingDirectory(), inputs, options),
    )
}

/** A command of this name below another one, with all that says how sound is pooled. */
export function audioOptions(parent: Command, files: string, description: string): Command {
  return pooling('audio', parent.command('audio').description(description).argument(files, 'paths, glob patterns or folders'))
    .addOption(
      valued(
        new Option(
          '--features <stages>',
          'stages before pooling, one after the other, such as "mfcc,deltas"; several features side by side: "beside(mfcc,rms,strict=false)"',
        ),
        Object.keys(stages),
        true,
      ),
    )
    .addOption(chosen('--preset <name>', "another library's defaults, of logMel if no --features", logMel, 'preset'))
    .option('--bands <n>', 'how many mel bands')
    .option('--resample <hz>', 'rate to which files are resampled (default: 16000)')
    .option('--keep-channels', 'pool each channel by itself instead of their mean')
    .option('--manifest', 'the files are tables, .csv, .jsonl or .parquet, of id,path,start,end,label; other columns are written, too')
    .addOption(
      chosen('--decoder <name>', 'auto (default): ffmpeg for what is not decoded here; ffmpeg for all', sources.audioFiles, 'decoder'),
    )
    .addOption(chosen('--damaged <how>', 'a window that damage cuts short: skip (default) or keep', sources.audioFiles, 'damaged'))
    .option('--rate <hz>', 'the files, or standard input, are raw PCM of this rate')
    .addOption(chosen('--encoding <name>', 'its samples: s16le (default), mulaw, alaw, f32le, u8, s24be …', sources.pcm, 'format'))
    .option('--channels <n>', 'its channels (default: 1)')
}
