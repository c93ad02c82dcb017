import { nearestRows, unitsOf } from '../../sources/collections/nearest.ts'
import type { Sample } from './collectionFacts.ts'

/** Products of two numbers that looking for neighbors may take, a few seconds of them. */
const mostProducts = 3e8
const count = 10

export interface LabelAgreement {
  readonly label: string
  readonly queries: number
  readonly nearest: number
  readonly chance: number
  /** The other label that the nearest have most often, and how often. */
  readonly other?: readonly [label: string, times: number]
}

/** How often neighbors have the label of who asks. Neighbors are of other inputs: windows of one recording are near each other whatever is said. */
export interface Agreement {
  /** Vectors that asked, and those that they asked among. */
  readonly queries: number
  readonly among: number
  /** The share of those that asked whose nearest has their label. */
  readonly nearest: number
  /** The mean share of the ten nearest. */
  readonly ten: number
  /** The same if neighbors were drawn. */
  readonly chance: number
  /** Those that agree least first. */
  readonly labels: readonly LabelAgreement[]
}

/** By cosine, among the labelled vectors of a sample; nothing where no label is on two inputs. */
export function agreementIn({ rows, matrix }: Sample, size: number): Agreement | undefined {
  const labelled = rows.flatMap(({ label }, i) =>
    label !== undefined && matrix.subarray(i * size, (i + 1) * size).every(Number.isFinite) ? [i] : [],
  )
  const ids = labelled.map((i) => rows[i]!.id)
  const labels = labelled.map((i) => rows[i]!.label!)
  const [ofId, ofLabel, ofBoth] = [counted(ids), counted(labels), counted(labels.map((label, i) => both(label, ids[i]!)))]
  /** Others with its label. */
  const likes = (i: number) => ofLabel.get(labels[i]!)! - ofBoth.get(both(labels[i]!, ids[i]!))!
  const able = labels.flatMap((_, i) => (likes(i) > 0 ? [i] : []))
  if (able.length === 0) return undefined
  const most = Math.max(1, Math.floor(mostProducts / (labelled.length * size)))
  const asking = able.length <= most ? able : Array.from({ length: most }, (_, i) => able[Math.floor((i * able.length) / most)]!)
  const take = (wanted: readonly number[]) => {
    const taken = new Float32Array(wanted.length * size)
    for (const [k, i] of wanted.entries()) taken.set(matrix.subarray(i * size, (i + 1) * size), k * size)
    return unitsOf(taken, size, wanted.length)
  }
  const near = nearestRows(take(labelled), take(asking.map((i) => labelled[i]!)), count, (row, query) => ids[row] !== ids[asking[query]!])
  const groups = new Map<string, { queries: number; right: number; chance: number; readonly others: string[] }>()
  let [nearest, ten, chance] = [0, 0, 0]
  for (const [q, found] of near.entries()) {
    const i = asking[q]!
    const label = labels[i]!
    const right = found.length > 0 && labels[found[0]!.index] === label
    const by = likes(i) / (labels.length - ofId.get(ids[i]!)!)
    nearest += Number(right)
    ten += found.filter(({ index }) => labels[index] === label).length / Math.max(1, found.length)
    chance += by
    const group = groups.get(label) ?? { queries: 0, right: 0, chance: 0, others: [] }
    groups.set(label, group)
    group.queries++
    group.right += Number(right)
    group.chance += by
    if (!right && found.length > 0) group.others.push(labels[found[0]!.index]!)
  }
  const told = Array.from(groups, ([label, { queries, right, chance: by, others }]): LabelAgreement => {
    const [other] = [...counted(others)].sort(([, a], [, b]) => b - a)
    return { label, queries, nearest: right / queries, chance: by / queries, ...(other && { other }) }
  })
  const all = asking.length
  return {
    queries: all,
    among: labels.length,
    nearest: nearest / all,
    ten: ten / all,
    chance: chance / all,
    labels: told.sort((a, b) => a.nearest - b.nearest || b.queries - a.queries),
  }
}

function both(label: string, id: string): string {
  return JSON.stringify([label, id])
}

function counted(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}
