import { hearNotes } from '../core/notes.ts'
import { Few } from '../pipeline/few.ts'
import { type Collecting, collect } from '../runs/collect.ts'
import { type Progress, progress } from './bar.ts'
import { codes, failureLine, trace } from './run.ts'

/**
 * Makes a collection, telling how far it is on standard error.
 * @returns the exit code
 * @throws as `collect` for what is wrong with the usage
 */
export async function collectTo(job: Collecting): Promise<number> {
  const { folder, stopped } = job
  let report: Progress | undefined
  const notes = new Few((text) => report?.note(text), 'notes')
  const errors = new Few((text) => report?.error(text), 'inputs that failed')
  const stopping = () => report?.note('stopping when the shards that are being made are done; told so again, at once')
  stopped?.addEventListener('abort', stopping)
  // What an engine says; what tasks say comes with them.
  const before = hearNotes((text) => report?.note(text))
  try {
    const { whole } = await collect(job, {
      planned(pieces, before) {
        report = progress(pieces, job.loaded.source.layout.clock.unit, process.stderr.isTTY === true)
        if (before > 0) report.note(`${before} of ${before + pieces} inputs were done before`)
      },
      mapped(pieces, { failures, notes: said, heard }) {
        report?.heard(heard)
        for (const { id, error } of failures) errors.add(failureLine({ id, error: new Error(error) }))
        for (const text of said) notes.add(text)
        report?.done(pieces)
      },
    })
    errors.end()
    notes.end()
    if (!whole) return codes.stopped
    if (whole.failures > 0) report?.note(`failed: ${whole.failures}, as ${folder.replace(/\/$/, '')}/failures.jsonl says`)
    if (whole.vectors > 0) return whole.failures > 0 ? codes.someFailed : codes.well
    throw new Error('no input gave a vector')
  } catch (cause) {
    if (cause instanceof TypeError) throw cause
    report ??= progress(undefined, 'second', false)
    report.error((cause as Error).message)
    trace(cause)
    return codes.nothing
  } finally {
    stopped?.removeEventListener('abort', stopping)
    report?.stop()
    await job.engine.close()
    hearNotes(before)
  }
}
