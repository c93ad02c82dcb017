import type { OperatorFunction } from 'rxjs'
import { DataError, refusal } from '../core/check.ts'
import { type Frames, type Layout, lanesOf, layoutOf, type Values } from '../core/frames.ts'
import type { Pooling } from '../core/pooling.ts'
import { chain, type Stage } from '../core/stage.ts'
import type { TensorFile } from '../files/safetensors.ts'
import { covariance, momentsOf, type Second } from '../poolings/covariance.ts'
import { type Components, formatFit, lanesIn, parseFit } from '../stages/vectors/fitted.ts'
import type { Failure, Sequence } from '../streams/eachSequence.ts'
import { isCounts, mergeCounts } from './counts.ts'
import { type Gathering, gather } from './gather.ts'

/**
 * Fits to a corpus: what frames are like once they have been through some stages, for stages such as `removeComponents` and `normalizeBy`.
 *
 * Shape: sequences, or arrays of frames that are whole sequences → one TensorFile at the end, with the mean and standard deviation of each lane, and the components (eigenvectors) of the
 * second moments about 0 and about the mean. Every seen frame counts once, whatever it weighs: a long sentence is one sentence. A sequence that fails comes out as `{ id, error }`,
 * and nothing of it is in the fit.
 *
 * One pass, float64, by covariance pooling; its state is kept, so that {@link mergeFits} can go on from it. Memory: about n² numbers for n lanes, at most 4096;
 * the components of 100 lanes take a moment, of 768 less than a minute.
 *
 * @throws (as an error of the stream) DataError where no frame was seen; in a sequence's failure DataError for values that are not finite, and lanes other than those before
 * @example
 * textFiles('letters/*.txt').pipe(toFit(embed(vectors), globalPool('mean'))).subscribe((item) => 'error' in item || saveTensors('sif.safetensors', item))
 */
export function toFit(...stages: Stage[]): OperatorFunction<Sequence | Frames<Values>, TensorFile | Failure> {
  return gather(stages, () => new Corpus(JSON.stringify(chain(...stages).spec.stages)))
}

/**
 * The fit of several parts of a corpus as the fit of the whole; rounding aside, whatever the parts. Counts of words merge as well.
 *
 * @throws (by rejection) TypeError or RangeError for what is no fit, and for fits of other stages or lanes than the first; DataError for counts of another vocabulary
 * @example
 * import { loadTensors, mergeFits, saveTensors } from 'poolwise/node'
 * saveTensors('sif.safetensors', await mergeFits(await loadTensors('a.safetensors'), await loadTensors('b.safetensors')))
 */
export async function mergeFits(...fits: readonly TensorFile[]): Promise<TensorFile> {
  if (fits.length > 0 && isCounts(fits[0]!)) return mergeCounts(fits)
  const parts = fits.map((weights) => parseFit('mergeFits', weights))
  const first = parts[0]
  if (!first) throw refusal('mergeFits', 'expected fits', fits)
  const corpus = new Corpus(first.stages)
  for (const [i, { stages, lanes, state }] of parts.entries()) {
    const who = `mergeFits: ${fits[i]!.name}`
    if (stages !== first.stages) throw refusal(who, `expected a fit after ${first.stages}`, stages)
    if (lanes !== first.lanes) throw refusal(who, `expected a fit of ${first.lanes} lanes`, lanes)
    const part = corpus.start(layoutOf({ bins: lanes }))
    if (state.length !== part.state.length || !(state[0]! > 0)) throw refusal(who, 'expected the state of a covariance pooling', state)
    part.state.set(state)
    corpus.end(part)
  }
  return corpus.result()
}

/** The state of a covariance pooling. */
interface Sums {
  readonly lanes: number
  readonly state: Float64Array
}

const one = Float64Array.of(1)

/** The sums over all frames, each counting once. */
class Corpus implements Gathering<Sums> {
  #total: Sums | undefined
  /** Made anew only for another number of lanes: it names each pair of them. */
  #pooling: Pooling<Second> = covariance()
  #lanes = 0

  constructor(readonly stages: string) {}

  start(input: Layout): Sums {
    const lanes = lanesIn('fit', lanesOf(input))
    if (this.#total && this.#total.lanes !== lanes)
      throw new DataError(`fit: expected frames of ${this.#total.lanes} lanes, as those before, got ${lanes}`)
    if (this.#lanes !== lanes)
      this.#pooling = covariance().fit!({ input: layoutOf({ bins: lanes }), lanes, taps: Infinity }) as Pooling<Second>
    this.#lanes = lanes
    return { lanes, state: new Float64Array(this.#pooling.identity.length * lanes) }
  }

  add(sums: Sums, { start, length, data, weights }: Frames<Values>): void {
    const { lanes } = sums
    const state = this.#bind(sums)
    for (let f = 0; f < length; f++) {
      if (weights?.[f] === 0) continue
      const row = data.subarray(f * lanes, (f + 1) * lanes)
      const bad = row.find((x) => !Number.isFinite(x))
      if (bad !== undefined) throw new DataError(`fit: expected finite numbers, got ${bad} in frame ${start + f}`, { frame: start + f })
      this.#pooling.add(state, { data: row, offset: 0, lanes, rows: 1, weights: one, index: start + f, step: 1 })
    }
  }

  end(sums: Sums): void {
    if (this.#total) this.#pooling.merge(this.#bind(this.#total), this.#bind(sums))
    else this.#total = sums
  }

  async result(): Promise<TensorFile> {
    const total = this.#total
    if (!total || !(total.state[0]! > 0)) throw new DataError('fit: expected frames that are seen, got none')
    const { lanes, state } = total
    const { mean, covariance: about } = momentsOf(this.#bind(total))
    const second = about.map((value, i) => value + mean[Math.floor(i / lanes)]! * mean[i % lanes]!)
    if (!second.every(Number.isFinite)) throw new DataError('fit: expected numbers whose squares can be summed, got larger ones')
    // Rounding of the means, and of frames in float32, moves them by so much.
    const noise = 2 ** -48 * equalizeChange(second, lanes)
    return formatFit({
      stages: this.stages,
      lanes,
      state,
      mean,
      std: mean.map((_, i) => Math.sqrt(Math.max(0, about[i * (lanes + 1)]!))),
      moment: await components(second, lanes, noise),
      covariance: await components(about, lanes, noise),
    })
  }

  #bind({ lanes, state }: Sums): Second {
    return this.#pooling.bind(state, 0, lanes, lanes)
  }
}

/** The eigenvectors of a symmetric matrix, as far as they have a direction: further down it is one of rounding errors, another for every order of the frames. */
async function components(matrix: Float64Array, lanes: number, noise: number): Promise<Components> {
  const { EigenvalueDecomposition, Matrix } = await import('ml-matrix')
  // The solver squares and divides: what is too small to matter becomes 0, and the largest number 1.
  const scale = matrix.reduce((most, x) => Math.max(most, Math.abs(x)), Number.MIN_VALUE)
  const scaled = matrix.map((x) => (Math.abs(x) < 2 ** -300 * scale ? 0 : x / scale))
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(Matrix.from1DArray(lanes, lanes, scaled), {
    assumeSymmetric: true,
  })
  const values = realEigenvalues.map((value) => value * scale)
  const least = 2 ** -28 * equalizeChange(matrix, lanes) + noise
  const order = values.map((_, column) => column).filter((column) => values[column]! > least)
  order.sort((a, b) => values[b]! - values[a]!)
  const vectors = new Float64Array(order.length * lanes)
  for (const [k, column] of order.entries()) vectors.set(oriented(eigenvectorMatrix.getColumn(column)), k * lanes)
  return { vectors, eigenvalues: Float64Array.from(order, (column) => values[column]!) }
}

/** Of numbers ≥ 0, unless somebody made up the sums. */
function equalizeChange(matrix: Float64Array, lanes: number): number {
  return matrix.reduce((sum, value, i) => (i % (lanes + 1) === 0 ? sum + Math.abs(value) : sum), 0)
}

/** Of a direction and its opposite the one whose largest number is > 0, the first of those that are as large but for rounding. */
function oriented(vector: readonly number[]): readonly number[] {
  const largest = Math.max(...vector.map(Math.abs))
  const first = vector.find((x) => Math.abs(x) > 0.99 * largest)!
  return first > 0 ? vector : vector.map((x) => -x)
}
