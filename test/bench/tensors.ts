// Windows over tensors: a spectrogram as an image of one channel, and images of many, fresh and into an array that is there.
import { avgPool2d, lpPool2d, maxPool2d, pool2d, type Tensor } from 'poolwise/tensors'
import { bands, image, noise, spectrogram } from './ours.ts'
import { peers } from './peers.ts'
import { agreement, distance, type Kind, onnx, tensorFlow } from './rivals.ts'
import { beside } from './streams.ts'
import { goal, type Measured, measure, significant, type Table, times, usual } from './timing.ts'

type Shape = readonly [n: number, time: number, bins: number, channels: number]
interface Reused {
  readonly out?: Float32Array
}
interface Row {
  readonly shape: Shape
  readonly size: number
  readonly stride: number
  /** What the others have for it. */
  readonly theirs?: readonly Kind[]
  run(x: { data: Float32Array; shape: Shape }, out: Reused): Tensor | readonly Tensor[]
  /** With positions there is no `out`. */
  readonly fresh?: true
  readonly most?: number
}

const sound: Shape = [1, ...spectrogram, 1]
const images = image as Shape
const two = { size: 2, stride: 2 }
const halved = (shape: Shape, theirs: readonly Kind[] | undefined, run: Row['run'], more: Pick<Row, 'most' | 'fresh'> = {}): Row => ({
  shape,
  ...two,
  ...(theirs && { theirs }),
  run,
  ...more,
})
const located: Row['run'] = (x) => {
  const { values, indices } = maxPool2d(x, { ...two, indices: true })
  return [values, indices]
}
// Not a whole number of windows, and not all of the sound.
const seen = 25_001

const works: { readonly [name: string]: Row } = {
  'maxPool2d 2×2': halved(sound, ['max'], (x, out) => maxPool2d(x, { ...two, ...out }), { most: 6 }),
  [`maxPool2d 2×2, lengths [${seen}]`]: halved(sound, undefined, (x, out) => maxPool2d(x, { ...two, lengths: [seen], ...out }), {
    most: 16,
  }),
  'maxPool2d 2×2, indices': halved(sound, ['indices'], located, { most: 30, fresh: true }),
  "pool2d('std') 2×2": halved(sound, ['std'], (x, out) => pool2d('std', x, { ...two, ...out }), { most: 20 }),
  'lpPool2d 2×2': halved(sound, ['lp'], (x, out) => lpPool2d(x, { ...two, ...out }), { most: 20 }),
  'avgPool2d 2×2': halved(sound, ['mean'], (x, out) => avgPool2d(x, { ...two, ...out })),
  'maxPool2d 3×3/1': { shape: sound, size: 3, stride: 1, theirs: ['max'], run: (x, out) => maxPool2d(x, { size: 3, stride: 1, ...out }) },
  'maxPool2d 2×2 of images': halved(images, ['max'], (x, out) => maxPool2d(x, { ...two, ...out })),
  'maxPool2d 2×2 of images, indices': halved(images, ['indices'], located, { fresh: true }),
  "pool2d('std') 2×2 of images": halved(images, ['std'], (x, out) => pool2d('std', x, { ...two, ...out })),
}

export const windows: readonly string[] = Object.keys(works)

/** One work's row. */
export async function tensors(name: string): Promise<Table> {
  const { shape, size, stride, theirs, run, fresh, most } = works[name]!
  const input = shape === sound ? bands() : noise(shape.reduce((product, axis) => product * axis, 1))
  const x = { data: input, shape }
  const ours = () => run(x, {})
  const results = (given: ReturnType<Row['run']>) => Float32Array.from([given].flat().flatMap((y) => [...(y as Tensor).data]))
  const expected = results(ours())
  const out = expected.slice()
  const { tf, ort } = await peers('tf', 'ort')
  const work = theirs && [[{ kinds: theirs, size: [size, size], stride: [stride, stride] } as const]]
  const wasm = tf && work && !theirs.includes('indices') ? tensorFlow(tf, input, shape, work) : undefined
  const native = ort && work && (await onnx(ort, input, shape, work))

  const apart: { [who: string]: number } = {}
  if (!fresh) apart['into out'] = distance(expected, results(run(x, { out: out.fill(Number.NaN) })))
  if (wasm) apart['tfjs-wasm'] = distance(expected, wasm.values(await wasm.run()))
  // Its positions count through all of the tensor, channels first; only the values are compared.
  if (native) {
    const values = native.values((await native.run()).slice(0, 1))
    apart['ONNX Runtime'] = distance(expected.subarray(0, values.length), values)
  }
  const copy = new Float32Array(input.length)
  const candidates: (() => unknown)[] = [() => copy.set(input), ours]
  const optional = [fresh ? undefined : () => run(x, { out }), wasm?.run, native?.run]
  for (const candidate of optional) if (candidate) candidates.push(candidate)
  const measured = await measure(candidates, { ...usual, rounds: 9, hot: true })
  const [set, own] = measured as [Measured, Measured]
  const [again, uploaded, runtime] = optional.map((candidate) => candidate && measured[candidates.indexOf(candidate)])
  return {
    title: 'Tensors in windows: [1, 30000, 80, 1], and images of [8, 112, 112, 64]',
    note: '`set` is of the input, into an array that is there, right after another such `set`. Fresh results take the mapping of their memory, which `out` and ONNX Runtime, who uses its own again, are spared: ONNX Runtime is told beside both. It has its channels first from the start. Of positions only the values are compared, for it counts them through the whole tensor. Each work runs in a process of its own.',
    head: [
      'work',
      'fresh, × `set`',
      'goal',
      'into `out`, × `set`',
      'tfjs-wasm, × `set`',
      'fresh is faster than tfjs',
      'goal of tfjs',
      'ONNX Runtime, × `set`',
      'fresh is faster than ONNX',
      'into `out` is faster than ONNX',
      'results',
      '`set`, ms',
    ],
    rows: [
      [
        name,
        times(own.toFirst),
        goal(own.toFirst, most === undefined ? undefined : { most }),
        again ? times(again.toFirst) : '',
        ...beside(uploaded, 1),
        ...beside(runtime, 1).slice(0, 2),
        again && runtime ? times(runtime.toFirst / again.toFirst) : '',
        agreement(apart),
        significant(set.time),
      ],
    ],
  }
}
