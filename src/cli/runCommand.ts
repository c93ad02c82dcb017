import type { Command } from 'commander'
import type { OutOptions } from './definitions.ts'
import { execute, outputs } from './outputs.ts'
import { pipelineIn } from './pipelineFile.ts'

const examples = `
Examples:
  poolwise run words.json words/*.wav --concurrency 4
  poolwise run words.json recordings/ --out vectors/ --engine threads
`

/** `poolwise run`. */
export function runCommand(program: Command): void {
  outputs(runArguments(program, 'runs a pipeline from a file'))
    .addHelpText('after', examples)
    .action(async (path: string, inputs: string[], options: OutOptions) => {
      const { pipeline, base } = await pipelineIn(path)
      await execute(pipeline, base, inputs, options, path)
    })
}

/** A command of this name below another one, with what it takes. */
export function runArguments(parent: Command, description: string): Command {
  return parent
    .command('run')
    .description(description)
    .argument('<pipeline>', 'a .json file, or a .ts or .js module')
    .argument('[files...]', "paths, glob patterns or folders; default: the pipeline's own inputs")
}
