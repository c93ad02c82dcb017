import type { Command } from 'commander'
import colors from 'picocolors'
import { finalize, from, lastValueFrom, map, type OperatorFunction, tap, toArray } from 'rxjs'
import type { PoolingSpec } from '../core/pooling.ts'
import { checkApart } from '../files/apart.ts'
import { loadTensors } from '../files/loadTensors.ts'
import { type OutputFile, outputFile } from '../files/output.ts'
import { formatTensors, type TensorFile } from '../files/safetensors.ts'
import { saveTensors } from '../files/saveTensors.ts'
import { toCounts } from '../learning/counts.ts'
import { mergeFits, toFit } from '../learning/toFit.ts'
import { type Fitted, fittedBy, learner } from '../pipeline/fitting.ts'
import type { Loaded } from '../pipeline/pipeline.ts'
import { pipelineFrom } from '../pipeline/pipeline.ts'
import type { Failure, Sequence } from '../streams/eachSequence.ts'
import { progress } from './bar.ts'
import { inputsOf, loadedApart } from './inputs.ts'
import { pipelineIn } from './pipelineFile.ts'
import { codes, failureLine, trace } from './run.ts'
import { opened } from './signals.ts'

interface FitOptions {
  readonly out: string
  readonly merge?: true
}

const examples = `
Examples:
  poolwise fit words.json words/*.wav --out words.safetensors
  poolwise fit words.json january/*.wav --out january.safetensors
  poolwise fit --merge january.safetensors may.safetensors -o words.safetensors
`

/** `poolwise fit`. */
export function fitCommand(program: Command): void {
  program
    .command('fit')
    .description('makes the file that a pipeline names: components, deviations, counts of words, proportions of a pooling')
    .argument('<pipeline>', 'a .json file, or a .ts or .js module')
    .argument('[files...]', "paths, glob patterns or folders; default: the pipeline's own inputs")
    .requiredOption('-o, --out <file>', 'the file to write, as the pipeline names it')
    .option('--merge', 'the files are fits, of parts of a corpus: make one of them')
    .addHelpText('after', examples)
    .action(async (path: string, files: string[], { out, merge }: FitOptions) => {
      process.exitCode = merge ? await merged([path, ...files], out) : await fitted(path, files, out)
    })
}

async function fitted(path: string, files: readonly string[], out: string): Promise<number> {
  const { pipeline, base } = await pipelineIn(path)
  const inputs = inputsOf(pipeline, files)
  const wanted = fittedBy(pipeline, base, out)
  const loaded = await loadedApart(pipelineFrom(wanted.before, base), inputs, [out], [path])
  return fitTo(out, wanted, loaded, inputs)
}

async function merged(paths: readonly string[], out: string): Promise<number> {
  checkApart(paths, [out])
  return mergeTo(out, paths)
}

/**
 * Makes a pass over the sequences as the stages give them, and writes what it finds to its file, naming what fails on standard error.
 * @returns the exit code
 */
export async function fitTo(out: string, fitted: Fitted, loaded: Loaded, inputs: readonly string[]): Promise<number> {
  const { source, stages } = loaded
  const learn: OperatorFunction<Sequence, TensorFile | PoolingSpec | Failure> =
    fitted.of === 'words' ? toCounts() : fitted.of === 'frames' ? toFit(...stages) : learner(fitted, stages)
  const sequences = opened(loaded, inputs)
  const listed = source.listed(inputs) ? await lastValueFrom(sequences.pipe(toArray())) : undefined
  const report = progress(listed?.length, source.layout.clock.unit, process.stderr.isTTY === true)
  const heard = (sequence: Sequence): Sequence => ({
    ...sequence,
    frames: sequence.frames.pipe(
      tap(({ length, layout }) => report.heard(length * (layout.clock.hop ?? 1))),
      finalize(report.done),
    ),
  })
  let file: OutputFile | undefined
  let failures = 0
  let found: TensorFile | PoolingSpec | undefined
  try {
    file = outputFile('fit', out)
    const items = (listed ? from(listed) : sequences).pipe(map(heard), learn)
    await lastValueFrom(
      items.pipe(
        tap((item) => {
          if (isFailure(item)) {
            failures++
            report.error(failureLine(item))
            trace(item.error)
          } else {
            found = item
          }
        }),
      ),
    )
    file.write(formatted(found!))
    file.commit()
    return failures > 0 ? codes.someFailed : codes.well
  } catch (cause) {
    report.error(cause instanceof Error ? cause.message : String(cause))
    trace(cause)
    return codes.nothing
  } finally {
    file?.discard()
    report.stop()
  }
}

function isFailure(item: TensorFile | PoolingSpec | Failure): item is Failure {
  return typeof item === 'object' && 'error' in item
}

/** Statistics as safetensors, a pooling as JSON. */
function formatted(found: TensorFile | PoolingSpec): string | Uint8Array {
  return typeof found === 'object' && 'tensors' in found ? formatTensors(found as TensorFile) : `${JSON.stringify(found)}\n`
}

/**
 * Makes one fit of several, and writes it.
 *
 * @returns the exit code
 * @throws where a file is no fit, or the fits do not go together
 */
export async function mergeTo(out: string, paths: readonly string[]): Promise<number> {
  const merged = await mergeFits(...(await Promise.all(paths.map(loadTensors))))
  try {
    saveTensors(out, merged)
    return codes.well
  } catch (cause) {
    process.stderr.write(`${colors.red('error:')} ${(cause as Error).message}\n`)
    trace(cause)
    return codes.nothing
  }
}
