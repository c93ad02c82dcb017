import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { manifest } from '../../src/node.ts'
import type { Sequence } from '../../src/streams/eachSequence.ts'
import { damaged } from './bytewise.ts'
import type { Draws } from './draws.ts'
import { heard } from './hearing.ts'
import { must } from './judge.ts'
import { shapes, waveOf } from './seeds.ts'
import type { Target } from './target.ts'

const shape = { ...shapes[0]!, seconds: 0.25 }
const length = shape.rate * shape.seconds

interface Row {
  readonly cells: Readonly<Record<string, string>>
  readonly id: string
  readonly label: string | undefined
  /** Samples of the piece. */
  readonly frames: number
}

function rowOf(draws: Draws, i: number): Row {
  const [id, label] = [`${draws.pick(['a', 'a,b', 'a"b', ' x ', 'é\n'])}${i}`, draws.pick(['', 'v1', '3', '"'])]
  const start = draws.chance(0.5) ? draws.below(length) / shape.rate : undefined
  const end = draws.chance(0.5)
    ? ((start ?? 0) * shape.rate + draws.between(1, length - (start ?? 0) * shape.rate)) / shape.rate
    : undefined
  const cells = { id, path: 'a.wav', start: start?.toFixed(9) ?? '', end: end?.toFixed(9) ?? '', label }
  const frames = Math.round((end ?? shape.seconds) * shape.rate) - Math.round((start ?? 0) * shape.rate)
  return { cells, id, label: label === '' ? undefined : label, frames }
}

const quoted = (cell: string) => (/[",\n\r]|^ | $/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)

export const manifestTarget: Target = {
  name: 'manifest',
  says: /^manifest: /,
  open({ folder }) {
    writeFileSync(join(folder, 'a.wav'), waveOf(shape))
    return async (draws, note) => {
      const columns = draws.chance(0.5) ? ['id', 'path', 'start', 'end', 'label'] : ['label', 'end', 'start', 'path', 'id']
      const rows = draws.list(draws.below(5), (i) => rowOf(draws, i))
      const lines = [columns, ...rows.map(({ cells }) => columns.map((column) => quoted(cells[column]!)))]
      const bytes = new TextEncoder().encode(lines.map((cells) => cells.join(',')).join(draws.chance(0.3) ? '\r\n' : '\n'))
      const broken = draws.chance(0.6)
      const input = broken ? damaged(bytes, draws) : bytes
      note(JSON.stringify(new TextDecoder().decode(input)).slice(0, 200))
      const path = join(folder, `${draws.below(2 ** 32)}.csv`)
      writeFileSync(path, input)
      const all: Sequence[] = []
      try {
        await new Promise<void>((resolve, reject) =>
          manifest(path).subscribe({ next: (one) => all.push(one), error: reject, complete: resolve }),
        )
        must(broken || all.length === rows.length, () => `${all.length} sequences of ${rows.length}`)
        for (const [i, { id, label, frames }] of all.entries()) {
          const { samples, error } = await heard(frames)
          if (!broken) {
            const row = rows[i]!
            must(error === undefined, () => `row ${i} is refused: ${(error as Error).message}`)
            must(
              id === row.id && label === row.label,
              () => `row ${i}: ${JSON.stringify([id, label])}, not ${JSON.stringify([row.id, row.label])}`,
            )
            must(samples.length === row.frames, () => `row ${i}: ${samples.length} samples of ${row.frames}`)
          }
          if (error !== undefined) throw error
        }
      } finally {
        rmSync(path)
      }
    }
  },
}
