import { integer, refusal, tried } from '../../core/check.ts'
import { type Layout, lanesOf } from '../../core/frames.ts'
import { Option } from '../../core/options.ts'
import { type TensorFile, tensorOf } from '../../files/safetensors.ts'

/** Directions of a matrix of second moments: its eigenvectors, those of the largest eigenvalues first. */
export interface Components {
  /** One row a component, of length 1. */
  readonly vectors: Float64Array
  /** One a component, > 0: what is further down are rounding errors. */
  readonly eigenvalues: Float64Array
}

/** What the frames of a corpus were, every frame counting once. */
export interface Fit {
  /** The stages that the frames came out of, as JSON; fits of others do not merge. */
  readonly stages: string
  readonly lanes: number
  /** The state of the pooling that saw them, from which all else follows; states merge. */
  readonly state: Float64Array
  readonly mean: Float64Array
  /** With correction 0. */
  readonly std: Float64Array
  /** Of Σxxᵀ / n. */
  readonly moment: Components
  /** Of Σ(x − mean)(x − mean)ᵀ / n. */
  readonly covariance: Components
}

const kind = 'poolwise-fit'
const version = '1'
// Lanes whose components can be found within minutes.
const most = 4096

/** A fit as the tensors and the metadata of a safetensors file. */
export function formatFit({ stages, lanes, state, mean, std, moment, covariance }: Fit): TensorFile {
  const tensors = new Map([
    ['state', { shape: [state.length / lanes, lanes], data: state }],
    ['mean', { shape: [lanes], data: mean }],
    ['std', { shape: [lanes], data: std }],
  ])
  for (const [name, { vectors, eigenvalues }] of Object.entries({ moment, covariance })) {
    tensors.set(`${name}.components`, { shape: [eigenvalues.length, lanes], data: vectors })
    tensors.set(`${name}.eigenvalues`, { shape: [eigenvalues.length], data: eigenvalues })
  }
  return { name: 'fit', tensors, metadata: new Map(Object.entries({ kind, version, stages, lanes: String(lanes) })) }
}

/** The fit of a corpus. */
export const fitOption = {
  /** The fit of a corpus, from `toFit` or `loadTensors`; in JSON the path of its file. */
  fit: new Option<TensorFile, Fit>((who, _, value) => parseFit(who, value as TensorFile), { type: 'string' }),
}

/**
 * Reads a fit, whoever wrote it.
 * @throws TypeError or RangeError for weights that are no fit, or of another version, and where their numbers are not finite, not as many as the lanes ask for, or eigenvalues ≤ 0
 */
export function parseFit(who: string, weights: TensorFile): Fit {
  if (!tried(weights, ({ metadata, name }) => metadata instanceof Map && typeof name === 'string'))
    throw refusal(who, "fit must be a fit, such as await loadTensors('fit.safetensors')", weights)
  const { name, metadata } = weights
  const about = `${who}: ${name}`
  if (metadata.get('kind') !== kind) throw refusal(about, `expected a fit, of kind ${kind}`, metadata.get('kind'))
  if (metadata.get('version') !== version) throw refusal(about, `expected a fit of version ${version}`, metadata.get('version'))
  const lanes = lanesIn(about, metadata.get('lanes'))
  const numbers = (tensor: string, ...shape: (number | undefined)[]): Float64Array => {
    const { data } = tensorOf(about, weights, tensor, shape)
    if (!data.every(Number.isFinite))
      throw refusal(
        about,
        `tensor ${tensor} must hold finite numbers`,
        data.find((x) => !Number.isFinite(x)),
      )
    return data instanceof Float64Array ? data : Float64Array.from(data)
  }
  const components = (of: string): Components => {
    const eigenvalues = numbers(`${of}.eigenvalues`, undefined)
    const wrong = eigenvalues.find((value) => !(value > 0))
    if (wrong !== undefined) throw refusal(about, `${of}.eigenvalues must be > 0`, wrong)
    return { eigenvalues, vectors: numbers(`${of}.components`, eigenvalues.length, lanes) }
  }
  return {
    stages: metadata.get('stages') ?? '[]',
    lanes,
    state: numbers('state', undefined, lanes),
    mean: numbers('mean', lanes),
    std: numbers('std', lanes),
    moment: components('moment'),
    covariance: components('covariance'),
  }
}

/** Checks the number of lanes of what a fit is of. */
export function lanesIn(who: string, lanes: unknown): number {
  return integer(who, 'lanes', typeof lanes === 'string' ? Number(lanes) : lanes, 1, most)
}

/** Refuses frames that are not of a fit's lanes. */
export function checkLanes(who: string, input: Layout, { lanes }: Fit): void {
  if (lanesOf(input) !== lanes) throw refusal(who, `frames must be of ${lanes} lanes, as those of the fit`, lanesOf(input))
}
