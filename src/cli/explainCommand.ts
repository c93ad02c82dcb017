import type { Command } from 'commander'
import { standardOutput } from '../files/output.ts'
import { type Pipeline, pipelineFrom } from '../pipeline/pipeline.ts'
import { audioOptions } from './audioCommand.ts'
import { type AudioOptions, audioDefinition, type TextCommandOptions, textDefinition } from './definitions.ts'
import { explained } from './explain.ts'
import { windowCommand } from './explainWindow.ts'
import { fileText, pipelineIn } from './pipelineFile.ts'
import { forTask } from './poolOptions.ts'
import { runArguments } from './runCommand.ts'
import { textOptions, told } from './textCommand.ts'

interface Explained {
  readonly json?: true
}

const examples = {
  explain: `
Examples:
  poolwise explain audio --pool "mixed(max=0.5,mean=0.5)" --pyramid 1,2,4
  poolwise explain text --by sentence --json
  poolwise explain window --shape 28,28 --size 3 --stride 2 --padding same
`,
  audio: `
Examples:
  poolwise explain audio --pool "mixed(max=0.5,mean=0.5)" --pyramid 1,2,4
  poolwise explain audio --features mfcc,deltas --window 1s --json > words.json
`,
  text: `
Examples:
  poolwise explain text --by sentence
  poolwise explain text --pool mean,max --json > letters.json
`,
  run: `
Examples:
  poolwise explain run words.json
  poolwise explain run words.ts --json > words.json
`,
}

/** `poolwise explain`, of all that makes a pipeline. */
export function explainCommand(program: Command): void {
  const explain = program.command('explain').description('what each stage would give; reads no data').addHelpText('after', examples.explain)
  const json = ['--json', 'the pipeline alone, to save as a file'] as const
  audioOptions(explain, '[files...]', 'as poolwise audio')
    .option(...json)
    .addHelpText('after', examples.audio)
    .action(async (_, options: AudioOptions & Explained) =>
      print(pipelineFrom(audioDefinition(options)), options.json, forTask('audio', options)),
    )
  textOptions(explain, '[files...]', 'as poolwise text')
    .option(...json)
    .addHelpText('after', examples.text)
    .action(async (files: string[], options: TextCommandOptions & Explained) =>
      print(
        pipelineFrom(textDefinition(options, files, await told(options))),
        options.json,
        options.model === undefined ? forTask('text', options) : undefined,
      ),
    )
  runArguments(explain, 'as poolwise run')
    .option(...json)
    .addHelpText('after', examples.run)
    .action(async (path: string, _, { json }: Explained) => print((await pipelineIn(path)).pipeline, json))
  windowCommand(explain)
}

async function print(pipeline: Pipeline, json: true | undefined, task?: string): Promise<void> {
  if (json) return standardOutput.write(fileText(pipeline))
  const file = task === undefined ? '' : `\nas a file:\n${fileText(pipeline)}`
  standardOutput.write(`${explained(pipeline.source, await pipeline.load(), task)}${file}`)
}
