import { Presets, SingleBar } from 'cli-progress'
import colors from 'picocolors'
import type { Listener } from './pooled.ts'

/** Lines and a progress bar on standard error; the bar only where somebody watches it. */
export interface Progress extends Listener {
  /** One sequence is done. */
  done(): void
  error(text: string): void
  stop(): void
}

/** @param total sequences, where known */
export function progress(total: number | undefined, unit: 'second' | 'token', watched: boolean): Progress {
  const bar = watched
    ? new SingleBar(
        {
          stream: process.stderr,
          format:
            `{share}{value}${total === undefined ? '' : '/{total}'} done | {speed}${total === undefined ? '' : ' | {eta_formatted} left'}`.replace(
              '{share}',
              total === undefined ? '' : `${colors.cyan('{bar}')} `,
            ),
          barsize: 30,
          hideCursor: true,
          clearOnComplete: true,
          noTTYOutput: false,
        },
        Presets.rect,
      )
    : undefined
  const began = performance.now()
  let time = 0
  let finished = 0
  bar?.start(total ?? 0, 0, { speed: '' })

  function speed(): string {
    const rate = time / ((performance.now() - began) / 1000)
    return unit === 'second' ? `${rate.toFixed(0)} × real time` : `${rate.toFixed(0)} tokens/s`
  }

  /** The bar stands on a line of its own, which the text takes; the bar comes back with its next step. */
  function line(text: string): void {
    process.stderr.write(bar ? `\r\x1b[K${text}\n` : `${text}\n`)
  }

  return {
    heard(more) {
      time += more
    },
    done() {
      finished++
      bar?.update(finished, { speed: speed() })
    },
    note: (text) => line(`${colors.yellow('note')} ${text}`),
    error: (text) => line(`${colors.red('error')} ${text}`),
    stop: () => bar?.stop(),
  }
}
