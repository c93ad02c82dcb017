// W3: long windows that slide over a spectrogram.
import { spectrogram, works } from './ours.ts'
import { graph, type Operator, type Peers, read } from './peers.ts'
import type { Candidate, Work } from './work.ts'

const size = 300
const [length, bands] = spectrogram

interface Slide {
  readonly kind: 'max' | 'mean + std'
  readonly stride: 1 | 10
  readonly most: number
  readonly least: number
}
const slides: readonly Slide[] = [
  { kind: 'max', stride: 1, most: 6, least: 20 },
  { kind: 'max', stride: 10, most: 2, least: 9 },
  { kind: 'mean + std', stride: 1, most: 14, least: 20 },
  { kind: 'mean + std', stride: 10, most: 5, least: 7 },
]

export async function slid(peers: Peers): Promise<Work[]> {
  const all: Work[] = []
  for (const slide of slides) {
    const { kind, stride, most, least } = slide
    const name = `W3 ${kind}, stride ${stride}`
    const { input, run } = works[name]!()
    all.push({
      name,
      input,
      most,
      candidates: [{ who: 'poolwise', run }, ...tensorFlow(peers.tf, input, slide), ...(await onnx(peers.ort, input, slide))],
      reference: (i) => windowOf(input, slide, i),
      torch: name,
      beats: { torch: least },
    })
  }
  return all
}

function tensorFlow(tf: Peers['tf'], input: Float32Array, { kind, stride, least }: Slide): Candidate[] {
  if (!tf) return []
  const run = () =>
    read(tf, () => {
      const x = tf.tensor(input, [1, length, 1, bands])
      if (kind === 'max') return [tf.maxPool(x, [size, 1], [stride, 1], 'valid')]
      const mean = tf.avgPool(x, [size, 1], [stride, 1], 'valid')
      const squares = tf.avgPool(x.square(), [size, 1], [stride, 1], 'valid')
      return [mean, squares.sub(mean.square()).relu().sqrt()]
    })
  return [{ who: 'tfjs-wasm, upload and read', run, least, values: (parts: readonly Float32Array[]) => side(parts, bands, false) }]
}

/** Bands first, from the start. */
async function onnx(ort: Peers['ort'], input: Float32Array, { kind, stride, least }: Slide): Promise<Candidate[]> {
  if (!ort) return []
  const attributes = { kernel_shape: [size], strides: [stride] }
  const pool = (op: string, x: string, output: string): Operator => ({ op, inputs: [x], output, attributes })
  const operators: readonly Operator[] =
    kind === 'max'
      ? [pool('MaxPool', 'x', 'y')]
      : [
          pool('AveragePool', 'x', 'mean'),
          { op: 'Mul', inputs: ['x', 'x'], output: 'squared' },
          pool('AveragePool', 'squared', 'squares'),
          { op: 'Mul', inputs: ['mean', 'mean'], output: 'square' },
          { op: 'Sub', inputs: ['squares', 'square'], output: 'difference' },
          { op: 'Relu', inputs: ['difference'], output: 'variance' },
          { op: 'Sqrt', inputs: ['variance'], output: 'std' },
        ]
  const run = await graph(ort, { x: [1, bands, length] }, operators, kind === 'max' ? ['y'] : ['mean', 'std'])
  const x = input.map((_, i) => input[(i % length) * bands + Math.floor(i / length)]!)
  return [{ who: 'ONNX Runtime', run: () => run({ x }), least, values: (parts: readonly Float32Array[]) => side(parts, bands, true) }]
}

/** Outputs side by side in every frame, as ours are; `first` where their bands are. */
export function side(parts: readonly Float32Array[], bands: number, first: boolean): Float32Array {
  const frames = parts[0]!.length / bands
  const out = new Float32Array(frames * parts.length * bands)
  return out.map((_, i) => {
    const [frame, part, band] = [Math.floor(i / parts.length / bands), Math.floor(i / bands) % parts.length, i % bands]
    return parts[part]![first ? band * frames + frame : frame * bands + band]!
  })
}

/** Output `i` in float64. */
function windowOf(input: Float32Array, { kind, stride }: Slide, i: number): number {
  const outputs = kind === 'max' ? 1 : 2
  const [from, band] = [stride * Math.floor(i / outputs / bands), i % bands]
  const values = Array.from({ length: size }, (_, t) => input[(from + t) * bands + band]!)
  if (kind === 'max') return Math.max(...values)
  const mean = values.reduce((sum, x) => sum + x, 0) / size
  if (Math.floor(i / bands) % outputs === 0) return mean
  return Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / size)
}
