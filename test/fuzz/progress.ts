import { closeSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs'

/** How far a child has come, in a file: what is written there outlives whatever becomes of the child. */
export interface Progress {
  /** The case at work; −1 while a target is being opened. */
  readonly at: number
  readonly error: number
  readonly fine: number
  readonly internal: number
  readonly garbage: number
  readonly memory: number
  /** The most memory, in MiB. */
  readonly peak: number
}

const fields = ['at', 'error', 'fine', 'internal', 'garbage', 'memory', 'peak'] as const

export type Tally = { -readonly [Name in keyof Progress]: Progress[Name] }

export function tally(): Tally {
  return { at: -1, error: 0, fine: 0, internal: 0, garbage: 0, memory: 0, peak: 0 }
}

/** A file that progress is written to, and read from. */
export function progressFile(path: string) {
  const file = openSync(path, 'a+') && openSync(path, 'r+')
  const numbers = new Float64Array(fields.length)
  return {
    write(progress: Progress): void {
      fields.forEach((name, i) => {
        numbers[i] = progress[name]
      })
      writeSync(file, numbers, 0, numbers.byteLength, 0)
    },
    read(): Progress {
      readSync(file, numbers, 0, numbers.byteLength, 0)
      return Object.fromEntries(fields.map((name, i) => [name, numbers[i]!])) as unknown as Progress
    },
    close: () => closeSync(file),
  }
}

const mebi = 2 ** 20

/** The most memory that the process has had since {@link forgetPeak}, in MiB; where the system does not say, what it has. */
export function peakMemory(): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))![1]) / 1024
  } catch {
    return process.memoryUsage.rss() / mebi
  }
}

export function forgetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5')
  } catch {
    // Peaks are then those of the whole run.
  }
}
