import { MultiBar, type SingleBar } from 'cli-progress'
import colors from 'picocolors'
import type { Listener } from '../pipeline/vectorsFrom.ts'

/** Lines on standard error, and a bar where somebody watches. */
export interface Progress extends Listener {
  error(text: string): void
  stop(): void
}

/** @param total sequences, where known */
export function progress(total: number | undefined, unit: 'second' | 'token', watched: boolean): Progress {
  const bars = watched ? barsFor(total) : undefined
  const bar: SingleBar | undefined = bars?.create(total ?? 0, 0, { speed: 'starting' })
  const began = performance.now()
  let time = 0
  let finished = 0

  function draw(): void {
    const rate = Math.round(time / ((performance.now() - began) / 1000))
    bar?.update(finished, { speed: unit === 'second' ? `${rate} × real time` : `${rate} tokens/s` })
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
    note: (text) => line(`${colors.yellow('note:')} ${text}`),
    error: (text) => line(`${colors.red('error:')} ${text}`),
    stop() {
      // Lines that still wait for a place above the bar.
      bars?.update()
      bars?.stop()
    },
  }
}

/** One bar; of `MultiBar` for its lines above it. */
function barsFor(total: number | undefined): MultiBar {
  return new MultiBar({
    stream: process.stderr,
    format: total === undefined ? '{value} done | {speed}' : `${colors.cyan('{bar}')} {value}/{total} | {speed} | {eta_formatted} left`,
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    // Else the terminal cuts the lines above the bar.
    linewrap: true,
    clearOnComplete: true,
  })
}
