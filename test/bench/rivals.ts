// The stages of streams.ts and tensors.ts in TensorFlow.js and ONNX Runtime.
import { transposed } from './images.ts'
import { graph, type Operator, type Peers, read, type Tf, type TfTensor } from './peers.ts'
import { side } from './windows.ts'

export type Kind = 'max' | 'mean' | 'std' | 'mixed' | 'lp' | 'cubes' | 'moments' | 'indices'

/** Windows over time, each bin for itself, where size and stride are numbers; over time × bins where they are pairs. */
export interface Windows {
  readonly kinds: readonly Kind[]
  readonly size: number | readonly [time: number, bins: number]
  readonly stride: number | readonly [time: number, bins: number]
}

/** Windows one after the other, and such chains side by side. */
export type Work = readonly (readonly Windows[])[]

export interface Rival {
  run(): Float32Array[] | Promise<Float32Array[]>
  /** Its results in the order of ours. */
  values(parts: readonly Float32Array[]): Float32Array
}

const pair = (value: Windows['size']): readonly [number, number] => (typeof value === 'number' ? [value, 1] : value)

/** The bins that are left after all of a chain's windows. */
const binsOf = (chain: readonly Windows[], bins: number) =>
  chain.reduce((left, { size, stride }) => Math.floor((left - pair(size)[1]) / pair(stride)[1]) + 1, bins)

/** Every chain's outputs side by side in each frame, and one chain after the other. */
function joined(parts: readonly Float32Array[], work: Work, bins: number, first: boolean): Float32Array {
  const each = parts.length / work.length
  const all = work.map((chain, i) => side(parts.slice(i * each, (i + 1) * each), binsOf(chain, bins), first))
  return Float32Array.from(all.flatMap((values) => [...values]))
}

/** Uploads, pools and reads. `channels` are those of each bin, where there are several. */
export function tensorFlow(
  tf: Tf,
  input: Float32Array,
  shape: readonly [n: number, time: number, bins: number, channels: number],
  work: Work,
): Rival {
  const run = () =>
    read(tf, () => {
      const x = tf.tensor(input, shape)
      return work.flatMap((chain) => {
        let found: readonly TfTensor[] = [x]
        for (const windows of chain) found = pooled(tf, found[0]!, windows)
        return found
      })
    })
  const values = (parts: readonly Float32Array[]) => (parts.length === 1 ? parts[0]! : joined(parts, work, shape[2] * shape[3], false))
  return { run, values }
}

function pooled(tf: Tf, given: TfTensor, { kinds, size, stride }: Windows): TfTensor[] {
  const [n, time, bins, channels] = given.shape as [number, number, number, number]
  // Bins that are pooled each for itself are channels.
  const x = typeof size === 'number' ? given.reshape([n, time, 1, bins * channels]) : given
  const [window, step] = [pair(size), pair(stride)]
  const mean = (y: TfTensor) => tf.avgPool(y, window, step, 'valid')
  const max = () => tf.maxPool(x, window, step, 'valid')
  let known: TfTensor | undefined
  const own = () => {
    known ??= mean(x)
    return known
  }
  const all: { readonly [kind in Exclude<Kind, 'indices'>]: () => readonly TfTensor[] } = {
    max: () => [max()],
    mean: () => [own()],
    std: () => [mean(x.square()).sub(own().square()).relu().sqrt()],
    mixed: () => [max().mul(0.5).add(own().mul(0.5))],
    lp: () => [
      mean(x.square())
        .mul(window[0] * window[1])
        .sqrt(),
    ],
    cubes: () => [mean(x.abs().pow(3)).pow(1 / 3)],
    moments: () => {
      const [first, second] = [own(), mean(x.square())]
      const [third, fourth] = [mean(x.square().mul(x)), mean(x.square().square())]
      const variance = second.sub(first.square())
      const skewed = third.sub(first.mul(second).mul(3)).add(first.square().mul(first).mul(2))
      const peaked = fourth.sub(first.mul(third).mul(4)).add(first.square().mul(second).mul(6)).sub(first.square().square().mul(3))
      return [first, variance, skewed.div(variance.pow(1.5)), peaked.div(variance.square()).sub(3)]
    },
  }
  return kinds
    .flatMap((kind) => (kind === 'indices' ? [] : all[kind]()))
    .map((y) => {
      if (typeof size !== 'number') return y
      return y.reshape([n, y.shape[1]!, bins, channels])
    })
}

/** Channels first, which the input is from the start; windows over time alone have the bins as channels. None for what it has no operator for. */
export async function onnx(
  ort: NonNullable<Peers['ort']>,
  input: Float32Array,
  [n, time, bins, channels]: readonly [n: number, time: number, bins: number, channels: number],
  work: Work,
): Promise<Rival | undefined> {
  if (work.some((chain) => chain.some(({ kinds }) => kinds.includes('cubes') || kinds.includes('moments')))) return
  const lanes = typeof work[0]![0]!.size === 'number'
  const operators: Operator[] = []
  const outputs: string[] = []
  for (const [i, chain] of work.entries()) {
    let found = ['x']
    for (const [j, windows] of chain.entries()) {
      const made = operatorsOf(windows, found[0]!, `${i}.${j}`, lanes)
      operators.push(...made.operators)
      found = made.outputs
    }
    outputs.push(...found)
  }
  const run = await graph(ort, { x: lanes ? [n, bins * channels, time] : [n, channels, time, bins] }, operators, outputs)
  const x = transposed(input, n, lanes ? bins * channels : channels)
  const values = (parts: readonly Float32Array[]) => {
    if (lanes || parts.length > 1) return joined(parts, work, bins, lanes)
    return transposed(parts[0]!, n, parts[0]!.length / n / channels)
  }
  return { run: () => run({ x }), values }
}

function operatorsOf(
  { kinds, size, stride }: Windows,
  x: string,
  at: string,
  lanes: boolean,
): { operators: Operator[]; outputs: string[] } {
  const attributes = { kernel_shape: pair(size).slice(0, lanes ? 1 : 2), strides: pair(stride).slice(0, lanes ? 1 : 2) }
  const operators: Operator[] = []
  const named = new Set<string>()
  const add = (op: string, inputs: readonly string[], name: string, more?: Operator['attributes']): string => {
    const output = `${name}.${at}`
    if (!named.has(output)) operators.push({ op, inputs, output, ...(more && { attributes: more }) })
    named.add(output)
    return output
  }
  const mean = () => add('AveragePool', [x], 'mean', attributes)
  const max = () => add('MaxPool', [x], 'max', attributes)
  const outputs = kinds.map((kind) => {
    if (kind === 'max') return max()
    if (kind === 'mean') return mean()
    // The mean of two operands is each of them times a half.
    if (kind === 'mixed') return add('Mean', [max(), mean()], 'mixed')
    if (kind === 'lp') return add('LpPool', [x], 'lp', { ...attributes, p: 2 })
    if (kind === 'indices') {
      operators.push({ op: 'MaxPool', inputs: [x], output: ['values', 'indices'], attributes })
      return 'values'
    }
    const squares = add('AveragePool', [add('Mul', [x, x], 'squared')], 'squares', attributes)
    const difference = add('Sub', [squares, add('Mul', [mean(), mean()], 'square')], 'difference')
    return add('Sqrt', [add('Relu', [difference], 'variance')], 'std')
  })
  return { operators, outputs: kinds.includes('indices') ? [...outputs, 'indices'] : outputs }
}

/** The furthest that results are from those expected, relative to the largest of these. */
export function distance(expected: ArrayLike<number>, got: ArrayLike<number>): number {
  if (expected.length !== got.length) return Infinity
  let [furthest, largest] = [0, 0]
  for (let i = 0; i < expected.length; i++) {
    if (Object.is(expected[i]!, got[i]!)) continue
    const off = Math.abs(expected[i]! - got[i]!)
    if (!(off <= furthest)) furthest = Number.isNaN(off) ? Infinity : off
  }
  for (let i = 0; i < expected.length; i++) if (Number.isFinite(expected[i]!)) largest = Math.max(largest, Math.abs(expected[i]!))
  return furthest === 0 ? 0 : furthest / largest
}

/** What a table says of the results of those that ours are not checked against. */
export function agreement(off: { readonly [who: string]: number }): string {
  const apart = Object.entries(off).filter(([, value]) => !(value < 1e-5))
  return apart.length === 0 ? 'equal' : apart.map(([who, value]) => `${who} differs by ${value.toExponential(0)}`).join(', ')
}
