import { existsSync } from 'node:fs'
import { hearNotes } from '../core/notes.ts'
import { Few } from '../pipeline/few.ts'
import { type Collecting, collect } from '../runs/collect.ts'
import { collectGrowing } from '../runs/collectGrowing.ts'
import { type Progress, progress } from './bar.ts'
import { besides, recordingsOf, writeReport } from './reporting.ts'
import { codes, failureLine, trace } from './run.ts'

/**
 * Makes a collection, telling how far it is on standard error.
 * @param grows whether it goes on as its inputs grow, until it is stopped
 * @returns the exit code
 * @throws as `collect` for what is wrong with the usage
 */
export async function collectTo(job: Collecting, grows: boolean): Promise<number> {
  const { folder, stopped } = job
  let report: Progress | undefined
  let page: string | undefined
  const notes = new Few((text) => report?.note(text), 'notes')
  const errors = new Few((text) => report?.error(text), 'inputs that failed')
  const stopping = () => report?.note('stopping when the shards that are being made are done; told so again, at once')
  stopped?.addEventListener('abort', stopping)
  // What an engine says; what tasks say comes with them.
  const before = hearNotes((text) => report?.note(text))
  try {
    const { pieces: all, whole } = await (grows ? collectGrowing : collect)(job, {
      planned(pieces, done) {
        report?.stop()
        report = progress(pieces, job.loaded.source.layout.clock.unit, process.stderr.isTTY === true)
        if (done > 0) report.note(`${done} of ${done + pieces} inputs were done before`)
      },
      mapped(pieces, { failures, notes: said, heard, worker }) {
        report?.heard(heard)
        report?.failed(failures.length)
        if (worker !== undefined) report?.worked(worker, pieces)
        for (const { id, error } of failures) errors.add(failureLine({ id, error: new Error(error) }))
        for (const text of said) notes.add(text)
        report?.done(pieces)
      },
      waiting() {
        report?.note('the collection is whole; waiting for more, until Ctrl-C')
      },
    })
    errors.end()
    notes.end()
    if (!whole) return codes.stopped
    const about = besides(folder)
    try {
      if (!existsSync(about)) await writeReport(folder, about, recordingsOf(all))
      page = about
    } catch (cause) {
      // The collection is whole without it.
      report?.note(`no page about it: ${(cause as Error).message}`)
    }
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
    report?.stop(page)
    await job.engine.close()
    hearNotes(before)
  }
}
