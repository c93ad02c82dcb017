import colors from 'picocolors'
import { finalize, from, lastValueFrom, map, type OperatorFunction, tap, toArray } from 'rxjs'
import type { PoolingSpec } from '../core/pooling.ts'
import { loadTensors } from '../files/loadTensors.ts'
import { type OutputFile, outputFile } from '../files/output.ts'
import { formatTensors, type TensorFile } from '../files/safetensors.ts'
import { saveTensors } from '../files/saveTensors.ts'
import { toCounts } from '../learning/counts.ts'
import { mergeFits, toFit } from '../learning/toFit.ts'
import { type Fitted, learner } from '../pipeline/fitting.ts'
import type { Loaded } from '../pipeline/pipeline.ts'
import type { Failure, Sequence } from '../streams/eachSequence.ts'
import { progress } from './bar.ts'
import { codes, failureLine, trace } from './run.ts'
import { opened } from './signals.ts'

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
