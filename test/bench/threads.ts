// What threads give on corpora of files, through the command line.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { rate, sound } from './ours.ts'
import { wavOf } from './recording.ts'
import { measure, type Pace, significant, type Table, times } from './timing.ts'

const pace: Pace = { runs: 3, rounds: 1, seconds: 10 }
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

export async function threads(): Promise<Table> {
  const folder = mkdtempSync(join(tmpdir(), 'poolwise-bench-'))
  try {
    const rows: string[][] = []
    for (const [count, seconds] of [
      [8, 300],
      [200, 1],
    ] as const) {
      const bytes = wavOf(sound(rate * seconds))
      const paths = Array.from({ length: count }, (_, i) => join(folder, `${seconds}-${i}.wav`))
      for (const path of paths) writeFileSync(path, bytes)
      const run = (n: number) => async () => {
        const options = ['--concurrency', String(n), '--out', join(folder, 'out.npy')]
        await promisify(execFile)(process.execPath, ['--import', 'tsx', main, 'audio', ...paths, ...options])
      }
      const [one, two] = await measure([run(1), run(2)], pace)
      rows.push([`${count} files of ${seconds} s`, significant(one!.time), significant(two!.time), times(one!.toSecond)])
    }
    return {
      title: 'Threads: `poolwise audio` with `--concurrency 1` and `2`',
      note: 'The start of the program, of each thread and of TypeScript are in it. Within one call nothing is threaded: a thread gets ordinary arrays only as copies.',
      head: ['corpus', 'one thread, ms', 'two, ms', 'two are faster'],
      rows,
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
