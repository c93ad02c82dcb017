import type { Command } from 'commander'
import { workingDirectory } from '../pipeline/module.ts'
import { pipelineFrom } from '../pipeline/pipeline.ts'
import { sources } from '../pipeline/sources.ts'
import { type ModelTold, toldBy } from '../sources/models/modelFolder.ts'
import { defaultVectors } from '../sources/vectors/loadVectors.ts'
import { type OutOptions, type TextCommandOptions, textDefinition } from './definitions.ts'
import { execute, outputs } from './outputs.ts'
import { byTask, pooling } from './poolOptions.ts'
import { chosen } from './valued.ts'

const does = 'vectors of text: prose, .jsonl, .csv and .parquet; English by default; - for standard input'

const examples = `
Examples:
  poolwise text letters/*.txt --by sentence --out letters.csv --pgvector
  poolwise text reviews.csv --text-field review --label-field stars
  poolwise text letter.txt --pool mean,max --weights sif
`

/** `poolwise text`. */
export function textCommand(program: Command): void {
  const more = 'Words and sentences are found as in English; how many of the words have vectors is the field coverage.'
  outputs(textOptions(program, '<files...>', `${does}. ${more} ${byTask('text')}`).summary(does))
    .addHelpText('after', examples)
    .action(async (inputs: string[], options: TextCommandOptions & OutOptions) =>
      execute(pipelineFrom(textDefinition(options, inputs, await told(options))), workingDirectory(), inputs, options),
    )
}

/** What the files of the model say, if there is one. */
export async function told({ model }: TextCommandOptions): Promise<ModelTold | undefined> {
  return model === undefined ? undefined : toldBy(model)
}

/** A command of this name below another one, with all that says how text is pooled. */
export function textOptions(parent: Command, files: string, description: string): Command {
  return pooling('text', parent.command('text').description(description).argument(files, 'paths, glob patterns or folders'))
    .addOption(chosen('--by <unit>', 'a vector a document or record (default), line or sentence', sources.textFiles, 'unit'))
    .option('--jsonl', 'the files are JSON Lines, as .jsonl and .ndjson are')
    .option('--csv', 'the files are tables of comma, semicolon or tab, as .csv and .tsv are')
    .option('--id-field <name>', 'field or column with the id (default: id)')
    .option('--text-field <name>', 'with the text (default: text); others are written beside the vector')
    .option('--label-field <name>', 'with the label (default: none)')
    .option('--model <folder>', 'a sentence model of any language in place of word vectors, pooled as its files say')
    .option('--vectors <name>', `word vectors: a package or a file (default: ${defaultVectors}, of English)`)
    .addOption(chosen('--stop-words <how>', 'keep, mask, or a share of their weight such as 0.5', sources.textFiles, 'stopWords'))
    .addOption(chosen('--punctuation <how>', 'mask or keep', sources.textFiles, 'punctuation'))
    .addOption(
      chosen(
        '--weights <name>',
        'sif or usif weigh rare words more; FILE.safetensors by your own counts of words; none',
        sources.textFiles,
        'weights',
      ),
    )
}
