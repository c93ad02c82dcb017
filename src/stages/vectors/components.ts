import { boolean, integer, known, refusal } from '../../core/check.ts'
import type { Layout } from '../../core/frames.ts'
import { pointwise, type Stage } from '../../core/stage.ts'
import type { TensorFile } from '../../files/safetensors.ts'
import { specOf } from '../spec.ts'
import { type Components, checkLanes, parseFit } from './fitted.ts'

export interface RemoveComponentsOptions {
  /** The fit of a corpus, from `toFit` or `loadTensors`; in JSON its path. */
  fit: TensorFile
  /** Components that are taken off, or all that the fit has found where these are fewer. Default 1, or 5 where `piecewise`. */
  count?: number
  /** Takes the mean off too, and the components of what it leaves. Default false. */
  center?: boolean
  /** Takes component k off by its share λₖ / Σλ of the eigenvalues of the `count` components, not whole. Default false. */
  piecewise?: boolean
}

export interface ProjectOptions {
  /** The fit of a corpus, from `toFit` or `loadTensors`; in JSON its path. */
  fit: TensorFile
  /** Components that are kept. */
  count: number
  /** Divides by each component's standard deviation over the corpus. Default false. */
  whiten?: boolean
}

export function removeComponents(options: RemoveComponentsOptions): Stage {
  const who = 'removeComponents'
  known(who, options, ['fit', 'count', 'center', 'piecewise'])
  const center = boolean(who, 'center', options.center ?? false)
  const piecewise = boolean(who, 'piecewise', options.piecewise ?? false)
  const fit = parseFit(who, options.fit)
  const { lanes, mean } = fit
  const { vectors, eigenvalues } = leading(who, center ? fit.covariance : fit.moment, lanes, options.count ?? (piecewise ? 5 : 1))
  const total = eigenvalues.reduce((sum, value) => sum + value, 0)
  const shares = eigenvalues.map((value) => (piecewise ? value / total : 1))
  const spec = specOf(who, { ...options, fit: options.fit.name })
  return {
    spec,
    plan(input) {
      checkLanes(who, input, fit)
      const rest = new Float64Array(lanes)
      return pointwise(spec, input, input, ({ data }) => {
        const out = new Float32Array(data.length)
        for (let at = 0; at < data.length; at += lanes) {
          for (let i = 0; i < lanes; i++) rest[i] = data[at + i]! - (center ? mean[i]! : 0)
          for (let k = 0; k < shares.length; k++) {
            const along = shares[k]! * dot(rest, vectors, k * lanes)
            for (let i = 0; i < lanes; i++) rest[i]! -= along * vectors[k * lanes + i]!
          }
          out.set(rest, at)
        }
        return out
      })
    },
  }
}

export function project(options: ProjectOptions): Stage {
  known('project', options, ['fit', 'count', 'whiten'])
  const whiten = boolean('project', 'whiten', options.whiten ?? false)
  const fit = parseFit('project', options.fit)
  const { lanes, mean } = fit
  const { vectors, eigenvalues } = leading('project', fit.covariance, lanes, options.count)
  const count = eigenvalues.length
  if (count < options.count)
    throw refusal('project', `count must be at most ${count}, the components that the fit has found`, options.count)
  const scales = eigenvalues.map((value) => (whiten ? 1 / Math.sqrt(value) : 1))
  const spec = specOf('project', { ...options, fit: options.fit.name })
  return {
    spec,
    plan(input) {
      checkLanes('project', input, fit)
      const bins = Array.from({ length: count }, (_, k) => `pc${k}`)
      const layout: Layout = { ...input, planes: 1, bins: count, channels: 1, names: { planes: [''], bins, channels: [''] } }
      const centered = new Float64Array(lanes)
      return pointwise(spec, input, layout, ({ data, length }) => {
        const out = new Float32Array(length * count)
        for (let t = 0; t < length; t++) {
          for (let i = 0; i < lanes; i++) centered[i] = data[t * lanes + i]! - mean[i]!
          for (let k = 0; k < count; k++) out[t * count + k] = scales[k]! * dot(centered, vectors, k * lanes)
        }
        return out
      })
    },
  }
}

/** The first `count` components, or all where there are fewer. */
function leading(who: string, { vectors, eigenvalues }: Components, lanes: number, count: number): Components {
  integer(who, 'count', count, 1)
  return { vectors: vectors.subarray(0, count * lanes), eigenvalues: eigenvalues.subarray(0, count) }
}

function dot(x: Float64Array, matrix: Float64Array, from: number): number {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += x[i]! * matrix[from + i]!
  return sum
}
