// Random windows by us and by the libraries whose rules we follow, in one process.
import fc from 'fast-check'
import { avgPool1d, avgPool2d, lpPool1d, lpPool2d, maxPool1d, maxPool2d, type PoolOptions } from 'poolwise/tensors'
import { describe, expect, test } from 'vitest'
import { run } from './onnx.ts'
import { loadPeers, type Peers } from './peers.ts'

const count = 2200
const lowest = -3.4028234663852886e38
const peers = await loadPeers()
const { tf, ort } = peers ?? ({} as Peers)

interface Axis {
  length: number
  size: number
  stride: number
  dilation: number
  before: number
  after: number
}
interface Geometry {
  axes: Axis[]
  batch: number
  channels: number
  padding: 'valid' | 'same' | 'same-lower' | 'pads'
  keep: boolean
  includePad: boolean
  values: readonly number[]
}

const axis = fc
  .record({
    length: fc.integer({ min: 1, max: 12 }),
    size: fc.integer({ min: 1, max: 6 }),
    stride: fc.integer({ min: 1, max: 6 }),
    dilation: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 3 })),
    before: fc.nat(),
    after: fc.nat(),
  })
  // ONNX Runtime refuses paddings that the undilated kernel does not exceed.
  .map((axis) => ({ ...axis, before: axis.before % axis.size, after: axis.after % axis.size }))

/** Random geometries with values; `able` keeps them to what the peer gets right: the rest is in wrong.test.ts. */
const geometries = (dimensions: number, seed: number, able: (axis: Axis, geometry: Geometry) => Axis): Geometry[] =>
  fc.sample(
    fc
      .record({
        axes: fc.array(axis, { minLength: dimensions, maxLength: dimensions }),
        batch: fc.integer({ min: 1, max: 2 }),
        channels: fc.integer({ min: 1, max: 3 }),
        padding: fc.constantFrom('valid', 'same', 'same-lower', 'pads'),
        keep: fc.boolean(),
        includePad: fc.boolean(),
        values: fc.constant([]),
      })
      .map((geometry): Geometry => ({ ...geometry, axes: geometry.axes.map((axis) => able(axis, geometry)) }))
      .chain((geometry) => {
        const size = geometry.axes.reduce((product, { length }) => product * length, geometry.batch * geometry.channels)
        // Eighths: sums are exact in float32, so that a mean near zero has no error but its division's; few values, so that maxima tie.
        const values = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: size, maxLength: size })
        return values.map((values) => ({ ...geometry, values: values.map((value) => value / 8) }))
      }),
    { numRuns: count, seed },
  )

/** TensorFlow dilates windows of stride 1 without padding. */
function tensorFlow(axis: Axis, { axes, padding, keep }: Geometry): Axis {
  const dilates = axes.length === 2 && padding === 'valid' && keep
  if (!dilates) return { ...axis, dilation: 1 }
  return { ...axis, stride: 1, length: Math.max(axis.length, axis.dilation * (axis.size - 1) + 1) }
}

function onnxRuntime(axis: Axis, { padding, keep }: Geometry): Axis {
  if (padding === 'same' || padding === 'same-lower') return { ...axis, dilation: 1, stride: Math.min(axis.stride, axis.size) }
  const pads = padding === 'pads' ? axis.before + axis.after : 0
  return keep ? axis : { ...axis, length: Math.max(axis.length, axis.dilation * (axis.size - 1) + 1 - pads) }
}

const all = <Key extends keyof Axis>({ axes }: Geometry, key: Key): number[] => axes.map((axis) => axis[key])

type Plain = { readonly shape: readonly number[]; readonly data: ArrayLike<number> }

/** What differs, in words; nothing where all is equal, 'refused' where both refuse. */
function difference(ours: Plain | Error, theirs: Plain | Error, relative: number): string | undefined {
  if (ours instanceof Error || theirs instanceof Error) {
    if (ours instanceof Error && theirs instanceof Error) return 'refused'
    return `${ours instanceof Error ? ours : 'a result'}, theirs ${theirs instanceof Error ? theirs : 'a result'}`
  }
  if (ours.shape.join() !== theirs.shape.join()) return `shape ${ours.shape}, theirs ${theirs.shape}`
  for (let i = 0; i < theirs.data.length; i++) {
    const [a, b] = [ours.data[i]!, theirs.data[i]!]
    if (!(a === b || Math.abs(a - b) <= relative * Math.abs(b))) return `[${i}] is ${a}, theirs ${b}`
  }
  return undefined
}

async function attempt<Value>(run: () => Value | Promise<Value>): Promise<Value | Error> {
  try {
    return await run()
  } catch (error) {
    return error as Error
  }
}

/** Counts the geometries on which both agree, and names the first that differ. */
async function compare(name: string, list: readonly Geometry[], check: (geometry: Geometry) => Promise<string | undefined>): Promise<void> {
  const different: string[] = []
  let [equal, refused] = [0, 0]
  for (const geometry of list) {
    const found = await check(geometry)
    if (found === undefined) equal++
    else if (found === 'refused') refused++
    else different.push(`${found} at ${JSON.stringify({ ...geometry, values: undefined })}`)
  }
  console.log(`${name}: ${list.length} geometries, ${equal} equal, ${refused} refused by both, ${different.length} different`)
  expect(different.slice(0, 5)).toEqual([])
  expect(list.length).toBe(count)
  expect(equal).toBeGreaterThanOrEqual(2000)
}

const poolings = [
  ['max', 1],
  ['max', 2],
  ['average', 1],
  ['average', 2],
] as const
const maxPools = { 1: maxPool1d, 2: maxPool2d }
const averagePools = { 1: avgPool1d, 2: avgPool2d }
const lpPools = { 1: lpPool1d, 2: lpPool2d }

describe.skipIf(!peers)('TensorFlow.js', () => {
  test.each(poolings)('%s pooling, %d-D, valid and same, dilated where TensorFlow can', async (kind, dimensions) => {
    await compare(`TensorFlow.js ${kind} ${dimensions}-D`, geometries(dimensions, 1, tensorFlow), async (geometry) => {
      const { batch, channels } = geometry
      const x = { data: Float32Array.from(geometry.values), shape: [batch, ...all(geometry, 'length'), channels] }
      const padding = geometry.padding.startsWith('same') ? 'same' : 'valid'
      const [size, stride, dilation] = [all(geometry, 'size'), all(geometry, 'stride'), all(geometry, 'dilation')]
      const options: PoolOptions = { dialect: 'keras', size, stride, dilation, padding }
      const ours = await attempt(() => (kind === 'max' ? maxPools : averagePools)[dimensions](x, options))
      const theirs = await attempt(() =>
        tf.tidy(() => {
          const tensor = tf.tensor(x.data, x.shape)
          const y = dilation.some((d) => d > 1)
            ? tf.pool(tensor, size, kind === 'max' ? 'max' : 'avg', padding, dilation, stride)
            : tf.layers[`${kind}Pooling${dimensions}d`]({ poolSize: size, strides: stride, padding }).apply(tensor)
          return { data: y.dataSync(), shape: y.shape }
        }),
      )
      return difference(ours, theirs, kind === 'max' ? 0 : 1e-6)
    })
  })
})

/** One geometry as our options and as ONNX' attributes. */
function onnx(geometry: Geometry) {
  const { batch, channels, padding } = geometry
  const [size, stride, dilation] = [all(geometry, 'size'), all(geometry, 'stride'), all(geometry, 'dilation')]
  // Windows of auto_pad SAME are never short, so that its ceil mode has no effect; ours is refused. VALID is pads of 0 to both of us, in the ceil mode too, where
  // ONNX' own formula ⌈(L − extent + 1) / stride⌉ has no short window and its reference implementation refuses.
  const keep = geometry.keep && !padding.startsWith('same')
  const options: PoolOptions = {
    dialect: 'onnx',
    size,
    stride,
    dilation,
    partial: keep ? 'keep' : 'drop',
    padding: padding === 'pads' ? geometry.axes.map(({ before, after }) => [before, after] as const) : padding,
  }
  const attributes = {
    kernel_shape: size,
    strides: stride,
    dilations: dilation,
    ceil_mode: Number(keep),
    ...(padding === 'pads'
      ? { pads: [...all(geometry, 'before'), ...all(geometry, 'after')] }
      : { auto_pad: { valid: 'VALID', same: 'SAME_UPPER', 'same-lower': 'SAME_LOWER' }[padding] }),
  }
  const x = { data: Float32Array.from(geometry.values), shape: [batch, channels, ...all(geometry, 'length')] }
  return {
    x,
    options,
    attributes,
    give: (op: string, more: object = {}) => one(run(ort, { op, attributes: { ...attributes, ...more } }, x)),
  }
}

async function one(outputs: ReturnType<typeof run>): Promise<Plain> {
  return (await outputs).y!
}

describe.skipIf(!peers)('ONNX Runtime: pads and auto_pad, ceil_mode, dilations', () => {
  const dimensions = [1, 2] as const

  test.each(dimensions)('max pooling, %d-D, and where the maxima are', async (d) => {
    await compare(`ONNX Runtime max ${d}-D`, geometries(d, 2, onnxRuntime), async (geometry) => {
      const { x, options, attributes } = onnx(geometry)
      const ours = await attempt(() => maxPools[d](x, { ...options, indices: true }))
      const theirs = await attempt(() => run(ort, { op: 'MaxPool', attributes, outputs: ['y', 'indices'] }, x))
      if (ours instanceof Error || theirs instanceof Error) return difference(ours as Error, theirs as Error, 0)
      const [y, indices] = [theirs.y!, theirs.indices!]
      // Where a window lies in padding alone theirs is the lowest float32 at no place, ours the maximum of nothing.
      const seen = Array.from(y.data, (value) => (value === lowest ? -Infinity : value))
      const positions = geometry.axes.reduce((product, { length }) => product * length, 1)
      // Theirs count through batch and channels.
      const within = Array.from(indices.data, (place, i) => (y.data[i] === lowest ? -1 : place % positions))
      return difference(ours.values, { ...y, data: seen }, 0) ?? difference(ours.indices, { ...indices, data: within }, 0)
    })
  })

  test.each(dimensions)('average pooling, %d-D, padding counted or not', async (d) => {
    await compare(`ONNX Runtime average ${d}-D`, geometries(d, 2, onnxRuntime), async (geometry) => {
      const { x, options, give } = onnx(geometry)
      const { includePad } = geometry
      const ours = await attempt(() => averagePools[d](x, { ...options, includePad }))
      return difference(ours, await attempt(() => give('AveragePool', { count_include_pad: Number(includePad) })), 1e-6)
    })
  })

  test.each(dimensions)('Lp pooling, %d-D, of order 1 to 3', async (d) => {
    await compare(`ONNX Runtime Lp ${d}-D`, geometries(d, 2, onnxRuntime), async (geometry) => {
      const { x, options, give } = onnx(geometry)
      const p = 1 + (geometry.values.length % 3)
      return difference(await attempt(() => lpPools[d](x, { ...options, p })), await attempt(() => give('LpPool', { p })), 1e-6)
    })
  })
})
