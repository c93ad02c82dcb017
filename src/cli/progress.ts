import { SingleBar } from 'cli-progress'
import colors from 'picocolors'
import type { Listener } from './pooled.ts'

/** Lines on standard error, and a bar where somebody watches. */
export interface Progress extends Listener {
  error(text: string): void
  stop(): void
}

/** @param total sequences, where known */
export function progress(total: number | undefined, unit: 'second' | 'token', watched: boolean): Progress {
  const bar = watched ? begin(total) : undefined
  const began = performance.now()
  let time = 0
  let finished = 0

  function draw(): void {
    const rate = Math.round(time / ((performance.now() - began) / 1000))
    bar?.update(finished, { speed: unit === 'second' ? `${rate} × real time` : `${rate} tokens/s` })
  }

  /** The bar's line is cleared for the text; the bar comes back below with its next step. */
  function line(text: string): void {
    process.stderr.write(bar ? `\r\x1b[K${text}\n` : `${text}\n`)
  }

  return {
    heard(more) {
      time += more
      draw()
    },
    done() {
      finished++
      draw()
    },
    note: (text) => line(`${colors.yellow('note:')} ${text}`),
    error: (text) => line(`${colors.red('error:')} ${text}`),
    stop: () => bar?.stop(),
  }
}

function begin(total: number | undefined): SingleBar {
  const format = total === undefined ? '{value} done | {speed}' : `${colors.cyan('{bar}')} {value}/{total} | {speed} | {eta_formatted} left`
  const bar = new SingleBar({
    stream: process.stderr,
    format,
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: true,
  })
  bar.start(total ?? 0, 0, { speed: 'starting' })
  return bar
}
