import type { About, Pooling } from '../core/pooling.ts'

/** The weight in each bucket: values below −low from −high up, what counts as 0, then values above low; a value a lane each. */
export interface Sketch {
  readonly buffer: Float64Array
  readonly offset: number
  readonly stride: number
  readonly lanes: number
}

/** What a quantile of a sketch is made of. */
export interface SketchDefinition {
  q: number
  error: number
  low: number
  high: number
  spec: Pooling['spec']
  output: string
  about: About
}

/**
 * A quantile in fixed memory: values fall into buckets whose bounds grow by a factor, so that a bucket's middle is within the error of all that is in it.
 */
export function sketching({ q, error, low, high, spec, output, about }: SketchDefinition): Pooling<Sketch> {
  // Results are rounded to float32, which is left a share of the error.
  const share = error - 1e-7
  const growth = Math.log((1 + share) / (1 - share))
  const power = (x: number) => Math.ceil(Math.log(x) / growth)
  const least = power(low)
  const side = power(high) - least + 1
  /** What stands for all values of a bucket: its middle, harmonically, which is as far from either bound relative to it. */
  const middle = (bucket: number) => (1 - share) * Math.exp((least + bucket) * growth)
  /** From the most negative value to the largest; NaN poisons what counts as 0. */
  const slotOf = (x: number) => {
    const size = Math.abs(x)
    if (!(size >= low)) return side
    const bucket = 1 + Math.min(power(size) - least, side - 1)
    return x > 0 ? side + bucket : side - bucket
  }
  return {
    spec,
    identity: new Array<number>(2 * side + 1).fill(0),
    outputs: [output],
    about,
    bind: (buffer, offset, stride, lanes) => ({ buffer, offset, stride, lanes }),
    add({ buffer, offset: base, stride }, { data, offset, lanes, rows, weights }) {
      for (let k = 0, j = offset; k < rows; k++)
        for (let i = 0; i < lanes; i++, j++)
          buffer[base + slotOf(data[j]!) * stride + i]! += Number.isNaN(data[j]!) ? data[j]! : weights[k]!
    },
    merge(into, from) {
      for (let slot = 0; slot <= 2 * side; slot++) {
        const [a, b] = [into.offset + slot * into.stride, from.offset + slot * from.stride]
        for (let i = 0; i < into.lanes; i++) into.buffer[a + i]! += from.buffer[b + i]!
      }
    },
    result({ buffer, offset, stride, lanes }, out) {
      for (let i = 0; i < lanes; i++) {
        let total = 0
        for (let slot = 0; slot <= 2 * side; slot++) total += buffer[offset + slot * stride + i]!
        let [slot, last, before] = [-1, side, 0]
        while (slot < 2 * side && !(before > 0 && before >= q * total)) {
          slot++
          const weight = buffer[offset + slot * stride + i]!
          if (weight > 0) last = slot
          before += weight
        }
        const bucket = Math.abs(last - side) - 1
        out[output]![i] = Number.isNaN(total) ? total : bucket < 0 ? 0 : Math.sign(last - side) * middle(bucket)
      }
    },
  }
}
