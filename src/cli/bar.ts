import { MultiBar, type SingleBar } from 'cli-progress'
import colors from 'picocolors'
import type { Listener } from '../pipeline/vectorsFrom.ts'
import { lengthOf, short, whole } from './numerals.ts'

/** Lines on standard error, and a bar where somebody watches. */
export interface Progress extends Listener {
  error(text: string): void
  /** So many inputs failed. */
  failed(count: number): void
  /** A worker did so many. */
  worked(worker: string, count: number): void
  /** @param page what has been written about it */
  stop(page?: string): void
}

/** Workers that have a line of their own. */
const mostWorkers = 16

/** @param total sequences, where known */
export function progress(total: number | undefined, unit: 'second' | 'token', watched: boolean): Progress {
  const bars = watched ? barsFor(total) : undefined
  const bar: SingleBar | undefined = bars?.create(total ?? 0, 0, { told: 'starting' })
  const workers = new Map<string, { readonly line: SingleBar; count: number }>()
  const began = performance.now()
  let time = 0
  let finished = 0
  let failures = 0

  let now = began
  const seconds = () => (now - began) / 1000

  function draw(): void {
    now = performance.now()
    const speed = Math.round(time / seconds())
    const parts = [
      ...(finished > 0 ? [`${short(finished / seconds())}/s`] : []),
      unit === 'second' ? `${whole(speed)} × real time` : `${whole(speed)} tokens/s`,
      ...(total !== undefined && finished > 0
        ? [`${lengthOf(Math.ceil(((total - finished) * seconds()) / finished), 'second')} left`]
        : []),
      ...(failures > 0 ? [colors.red(`${whole(failures)} failed`)] : []),
    ]
    bar?.update(finished, { told: parts.join(' | ') })
  }

  function line(text: string): void {
    if (bars) bars.log(`${text}\n`)
    else process.stderr.write(`${text}\n`)
  }

  return {
    heard(more) {
      time += more
      draw()
    },
    done(count = 1) {
      finished += count
      draw()
    },
    failed(count) {
      failures += count
    },
    worked(worker, more) {
      if (!bars) return
      let known = workers.get(worker)
      if (!known) {
        if (workers.size === mostWorkers) return
        known = { line: bars.create(0, 0, { told: '' }, { format: '  {told}' }), count: 0 }
        workers.set(worker, known)
      }
      known.count += more
      known.line.update(0, { told: `${colors.dim(worker.padEnd(12))} ${whole(known.count)} done, ${short(known.count / seconds())}/s` })
    },
    note: (text) => line(`${colors.yellow('note:')} ${text}`),
    error: (text) => line(`${colors.red('error:')} ${text}`),
    stop(page) {
      // Lines that still wait for a place above the bar.
      bars?.update()
      bars?.stop()
      if (!bars || finished === 0) return
      const told = page === undefined ? '' : `: ${page}`
      process.stderr.write(`${whole(finished)} done in ${lengthOf(seconds(), 'second')}, ${short(finished / seconds())}/s${told}\n`)
    },
  }
}

/** One bar, and lines below it; of `MultiBar` for its lines above it. */
function barsFor(total: number | undefined): MultiBar {
  return new MultiBar({
    stream: process.stderr,
    format: total === undefined ? '{value} done | {told}' : `${colors.cyan('{bar}')} {value}/{total} | {told}`,
    barsize: 16,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    // Else the terminal cuts the lines above the bar.
    linewrap: true,
    clearOnComplete: true,
  })
}
