// How near we are to the reference cases, as a table of the guide: computed, not copied.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { answer } from '../conformance/answer.ts'
import { type Case, difference, readCases, type Tensor, tolerances } from '../conformance/cases.ts'
import { root } from './source.ts'
import { table } from './tables.ts'

/** The largest distance of an output, relative to its largest finite value. */
function distance({ data }: Tensor, expected: Tensor): number {
  let [most, off] = [0, 0]
  for (let i = 0; i < expected.data.length; i++) {
    const [a, b] = [data[i]!, expected.data[i]!]
    if (!Number.isFinite(b)) continue
    most = Math.max(most, Math.abs(b))
    off = Math.max(off, Math.abs(a - b))
  }
  return off / (most || 1)
}

interface Held {
  readonly agrees: boolean
  readonly off: number
}

async function held(one: Case): Promise<Held | undefined> {
  const given = await answer(one)
  if (!given) return undefined
  if ('error' in given) return { agrees: one.refused, off: 0 }
  const [atol, rtol] = tolerances(one)
  const outputs = Object.entries(one.outputs)
  const agrees = !one.refused && outputs.every(([name, expected]) => !difference(given.out[name], expected, atol, rtol))
  return { agrees, off: Math.max(0, ...outputs.map(([name, expected]) => distance(given.out[name]!, expected))) }
}

export async function conformanceTable(): Promise<string> {
  const folder = join(root, 'test/golden')
  const rows: string[][] = []
  for (const file of readdirSync(folder).sort()) {
    const text = readFileSync(join(folder, file), 'utf8')
    const { generator } = JSON.parse(text) as { readonly generator: string }
    const cases = readCases(text)
    const all: Held[] = []
    for (const one of cases) {
      const result = await held(one)
      if (result) all.push(result)
    }
    const off = Math.max(...all.map(({ off }) => off))
    rows.push([
      [...new Set(cases.map(({ op }) => `\`${op}\``))].join(', '),
      generator,
      `${all.filter(({ agrees }) => agrees).length} of ${all.length}`,
      String(cases.filter(({ refused }) => refused).length || ''),
      off === 0 ? 'equal' : off.toExponential(0).replace('-', '−'),
    ])
  }
  return table(['cases of', 'made with', 'agree', 'refused', 'furthest off'], rows)
}
