import { csv } from '../../src/text.ts'
import { damaged, pieces } from './bytewise.ts'
import { must } from './judge.ts'
import type { Target } from './target.ts'
import { sequences, textOf, throwFirst, vectors } from './textTargets.ts'

const quoted = (cell: string, divider: string) =>
  /["\n\r]|^\s|\s$/.test(cell) || cell.includes(divider) ? `"${cell.replaceAll('"', '""')}"` : cell

/** Tables as programs write them give a sequence a row, with its id; a row with too many or too few cells is an error of its own. */
const tables: Target = {
  name: 'csv',
  says: /^csv: /,
  open: () => async (draws, note) => {
    const divider = draws.pick([',', ',', ';', '\t'])
    const columns = draws.chance(0.5) ? ['id', 'text', 'label'] : ['more', 'text', 'label', 'id']
    const rows = draws.list(draws.between(1, 6), (i) => {
      const cells: Record<string, string> = {
        id: `${draws.pick(['a', '007', '1e3', '9007199254740993', 'é "b"'])}-${i}`,
        text: textOf(draws),
        label: 'x',
        more: '',
      }
      const uneven = draws.chance(0.1)
      return { id: cells.id!, uneven, line: [...columns.map((column) => quoted(cells[column]!, divider)), ...(uneven ? ['y'] : [])] }
    })
    const lines = [columns, ...rows.map(({ line }) => line)].map((line) => line.join(divider))
    const bytes = new TextEncoder().encode(lines.join(draws.pick(['\n', '\r\n'])))
    const broken = draws.chance(0.5)
    const input = broken ? damaged(bytes, draws) : bytes
    note(JSON.stringify(new TextDecoder().decode(input)).slice(0, 250))
    const came = await sequences(csv(pieces(input, draws.cuts(input.length, 4)), { vectors }))
    if (!broken) {
      must(came.length === rows.length, () => `${came.length} sequences of ${rows.length}`)
      rows.forEach(({ id, uneven }, i) => {
        const { id: got, error } = came[i]!
        must((error !== undefined) === uneven, () => `row ${i}: ${error ? `an error, ${error}` : 'no error'}`)
        must(uneven || got === id, () => `id ${JSON.stringify(got)}, not ${JSON.stringify(id)}`)
      })
    }
    throwFirst(came)
  },
}

export const csvTargets: readonly Target[] = [tables]
