import { DataError } from '../../core/check.ts'
import { draw } from '../../core/draw.ts'
import type { About, Collection, Row } from '../../sources/collections/collection.ts'

/** Vectors that are looked at one by one: as many as a map shows and a page holds, and so many values. */
const mostRows = 5000
const mostValues = 2 ** 21

/** Rows of a table of what stands out. */
const mostListed = 12

/** What one value of the vectors is over a whole collection; what is not finite is counted and left out. */
export interface Feature {
  readonly name: string
  readonly min: number
  readonly max: number
  readonly mean: number
  readonly std: number
  readonly notFinite: number
}

export interface Outlier {
  readonly row: Row
  /** From the mean, in standard deviations: the root mean square over all values that vary. */
  readonly distance: number
  /** The value that is farthest off, and by how many standard deviations. */
  readonly name: string
  readonly by: number
}

/** The parts of a collection, anew with each call. */
export type Parts = () => AsyncIterable<Collection> | Iterable<Collection>

/** Some vectors of a collection, each as likely as any other, in their order; all where there are few. */
export interface Sample {
  readonly rows: readonly Row[]
  /** Rows × size. */
  readonly matrix: Float32Array
}

export interface Measured {
  readonly about: About
  readonly size: number
  readonly vectors: number
  /** Ids that follow one another are one input. */
  readonly inputs: number
  /** From first to last, summed over inputs; in seconds or tokens. */
  readonly duration: number
  /** The same of each of some inputs. */
  readonly lengths: readonly number[]
  readonly labels: ReadonlyMap<string, number>
  /** The mean over vectors of text. */
  readonly coverage: number | undefined
  /** Vectors of zeros, and with a value that is none. */
  readonly zeros: number
  readonly notFinite: number
  readonly features: readonly Feature[]
  readonly sample: Sample
  readonly outliers: readonly Outlier[]
  /** Of text, the least covered. */
  readonly uncovered: readonly Row[]
}

/**
 * Passes twice over a collection, part by part: memory is that of a part, of the sample and of the labels. What is drawn follows from the order of the vectors alone.
 * @throws (by rejection) DataError for vectors of several lengths; as reading the parts
 */
export async function measured(parts: Parts): Promise<Measured> {
  const labels = new Map<string, number>()
  const lengths = new Reservoir<number>(() => mostRows)
  const uncovered = new Top<Row>()
  let about: About = {}
  let [size, vectors, inputs, duration, covered, coverage, zeros, notFinite] = [0, 0, 0, 0, 0, 0, 0, 0]
  const sample = new Reservoir<{ readonly row: Row; readonly vector: Float32Array }>(() =>
    Math.min(mostRows, Math.max(100, Math.floor(mostValues / Math.max(1, size)))),
  )
  let sums: Sums[] = []
  let input: { readonly id: string; from: number; to: number } | undefined
  const ended = () => {
    if (!input) return
    const { from, to } = input
    inputs++
    duration += to - from
    lengths.add(() => to - from)
  }
  for await (const part of parts()) {
    const { rows, names, version, pipeline, base } = part
    if (vectors === 0) {
      about = {
        ...(names && { names }),
        ...(version !== undefined && { version }),
        ...(pipeline !== undefined && { pipeline, ...(base !== undefined && { base }) }),
      }
      size = part.size
      sums = Array.from({ length: size }, () => new Sums())
    }
    if (rows.length > 0 && part.size !== size)
      throw new DataError(`report: expected vectors of one length, got ${size} and ${part.size} values`)
    for (const [i, row] of rows.entries()) {
      const { id, label, start, end } = row
      const vector = part.vector(i)
      vectors++
      if (input?.id === id) {
        input.from = Math.min(input.from, start)
        input.to = Math.max(input.to, end)
      } else {
        ended()
        input = { id, from: start, to: end }
      }
      if (label !== undefined) labels.set(label, (labels.get(label) ?? 0) + 1)
      if (row.coverage !== undefined) {
        covered++
        coverage += row.coverage
        if (row.coverage < 1) uncovered.add(1 - row.coverage, row)
      }
      let [zero, finite] = [true, true]
      for (let k = 0; k < size; k++) {
        const x = vector[k]!
        zero &&= x === 0
        finite = sums[k]!.add(x) && finite
      }
      if (zero) zeros++
      if (!finite) notFinite++
      sample.add(() => ({ row, vector: vector.slice() }))
    }
  }
  ended()
  const features = sums.map((sum, k) => sum.feature(about.names?.[k] ?? String(k)))
  const drawn = sample.items()
  const matrix = new Float32Array(drawn.length * size)
  for (const [i, { vector }] of drawn.entries()) matrix.set(vector, i * size)
  return {
    about,
    size,
    vectors,
    inputs,
    duration,
    lengths: lengths.items(),
    labels,
    coverage: covered > 0 ? coverage / covered : undefined,
    zeros,
    notFinite,
    features,
    sample: { rows: drawn.map(({ row }) => row), matrix },
    outliers: vectors > 2 ? await outliersIn(parts, features) : [],
    uncovered: uncovered.items(),
  }
}

/** Of each input the vector that is farthest off. */
async function outliersIn(parts: Parts, features: readonly Feature[]): Promise<readonly Outlier[]> {
  const varying = features.flatMap(({ std }, k) => (std > 0 ? [k] : []))
  const top = new Top<Outlier>()
  if (varying.length === 0) return []
  let own: Outlier | undefined
  const ended = () => {
    if (own) top.add(own.distance, own)
    own = undefined
  }
  for await (const part of parts()) {
    for (const [i, row] of part.rows.entries()) {
      const vector = part.vector(i)
      let [squares, most, by] = [0, varying[0]!, 0]
      for (const k of varying) {
        const { mean, std } = features[k]!
        const z = (vector[k]! - mean) / std
        squares += z * z
        if (Math.abs(z) > Math.abs(by)) [most, by] = [k, z]
      }
      const distance = Math.sqrt(squares / varying.length)
      if (own?.row.id !== row.id) ended()
      if (distance < Infinity && !(distance <= (own?.distance ?? -1))) own = { row, distance, name: features[most]!.name, by }
    }
  }
  ended()
  return top.items()
}

/** Sums about the first value, so that an offset does not cost digits. */
class Sums {
  #origin: number | undefined
  #count = 0
  #sum = 0
  #squares = 0
  #min = Infinity
  #max = -Infinity
  #notFinite = 0

  /** Whether it is finite. */
  add(x: number): boolean {
    if (!Number.isFinite(x)) {
      this.#notFinite++
      return false
    }
    this.#origin ??= x
    const off = x - this.#origin
    this.#count++
    this.#sum += off
    this.#squares += off * off
    if (x < this.#min) this.#min = x
    if (x > this.#max) this.#max = x
    return true
  }

  feature(name: string): Feature {
    const count = Math.max(1, this.#count)
    const [min, max] = this.#count > 0 ? [this.#min, this.#max] : [NaN, NaN]
    const variance = this.#squares / count - (this.#sum / count) ** 2
    // What never changes has no rounding for a deviation.
    const std = max > min ? Math.sqrt(Math.max(0, variance)) : 0
    return { name, min, max, mean: (this.#origin ?? NaN) + this.#sum / count, std, notFinite: this.#notFinite }
  }
}

/** Some of many, each as likely as any other (Vitter's Algorithm R), in their order. */
class Reservoir<Item> {
  readonly #most: () => number
  readonly #kept: { readonly place: number; readonly item: Item }[] = []
  #met = 0

  constructor(most: () => number) {
    this.#most = most
  }

  add(make: () => Item): void {
    const most = this.#most()
    const place = this.#met++
    const at = place < most ? place : Math.floor(draw(0, place, 0) * (place + 1))
    if (at < most) this.#kept[at] = { place, item: make() }
  }

  items(): Item[] {
    return this.#kept.sort((a, b) => a.place - b.place).map(({ item }) => item)
  }
}

/** Those of the highest scores, highest first, of equal ones the first. */
class Top<Item> {
  readonly #kept: { readonly score: number; readonly item: Item }[] = []

  add(score: number, item: Item): void {
    if (this.#kept.length === mostListed && !(score > this.#kept.at(-1)!.score)) return
    let at = this.#kept.length
    while (at > 0 && this.#kept[at - 1]!.score < score) at--
    this.#kept.splice(at, 0, { score, item })
    if (this.#kept.length > mostListed) this.#kept.pop()
  }

  items(): Item[] {
    return this.#kept.map(({ item }) => item)
  }
}
