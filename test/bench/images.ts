// W1 and W2: windows over images.
import { image, plane, works } from './ours.ts'
import { graph, type Operator, type Peers, read, type Tf } from './peers.ts'
import type { Candidate, Work } from './work.ts'

export interface Geometry {
  readonly shape: readonly number[]
  readonly size: number
  readonly stride: number
  readonly padding: 'valid' | 'same'
}
const halves: Geometry = { shape: image, size: 2, stride: 2, padding: 'valid' }
const threes: Geometry = { shape: plane, size: 3, stride: 1, padding: 'same' }

type Kind = 'max' | 'average'

export async function reduced({ tf, ort }: Peers): Promise<Work[]> {
  const all: Work[] = []
  for (const kind of ['max', 'average'] as const) {
    const { input, run, again } = works[`W1 ${kind}`]!()
    all.push({
      name: `W1 ${kind}`,
      input,
      most: 1.3,
      candidates: [
        { who: 'poolwise', run },
        { who: 'poolwise, into `out`', run: again! },
        ...tensorFlow(tf, input, kind, halves, 1.8),
        ...(await onnx(ort, input, kind, halves)),
      ],
      reference: (i) => windowOf(input, kind, halves, i),
      torch: `W1 ${kind}`,
      beats: { 'torch, channels last': 1 },
    })
  }
  return all
}

export async function smoothed({ tf, ort }: Peers): Promise<Work[]> {
  const all: Work[] = []
  for (const kind of ['max', 'average'] as const) {
    const { input, run, again } = works[`W2 ${kind}`]!()
    all.push({
      name: `W2 ${kind}`,
      input,
      most: 4,
      candidates: [
        { who: 'poolwise', run },
        { who: 'poolwise, into `out`', run: again! },
        ...tensorFlow(tf, input, kind, threes, 8),
        ...(await onnx(ort, input, kind, threes, 8)),
      ],
      reference: (i) => windowOf(input, kind, threes, i),
      torch: `W2 ${kind}`,
      beats: { torch: 8 },
    })
  }
  return all
}

function tensorFlow(
  tf: Tf | undefined,
  input: Float32Array,
  kind: Kind,
  { shape, size, stride, padding }: Geometry,
  least: number,
): Candidate[] {
  if (!tf) return []
  const pool = kind === 'max' ? tf.maxPool : tf.avgPool
  const run = () => read(tf, () => [pool(tf.tensor(input, shape), [size, size], [stride, stride], padding)])[0]!
  return [{ who: 'tfjs-wasm, upload and read', run, values: (y: Float32Array) => y, least }]
}

/** It has its channels first, from the start. */
async function onnx(
  ort: Peers['ort'],
  input: Float32Array,
  kind: Kind,
  { shape, size, stride, padding }: Geometry,
  least?: number,
): Promise<Candidate[]> {
  if (!ort) return []
  const [n, height, width, channels] = shape as [number, number, number, number]
  const attributes = { kernel_shape: [size, size], strides: [stride, stride], auto_pad: padding === 'same' ? 'SAME_UPPER' : 'VALID' }
  const op: Operator = { op: kind === 'max' ? 'MaxPool' : 'AveragePool', inputs: ['x'], output: 'y', attributes }
  const pool = await graph(ort, { x: [n, channels, height, width] }, [op], ['y'])
  const x = transposed(input, n, channels)
  const run = async () => (await pool({ x }))[0]!
  const values = (y: Float32Array) => transposed(y, n, y.length / n / channels)
  return [{ who: 'ONNX Runtime', run, values, ...(least && { least }) }]
}

/** (n, rows, columns) → (n, columns, rows). */
export function transposed(data: Float32Array, n: number, columns: number): Float32Array {
  if (columns === 1) return data
  const rows = data.length / n / columns
  return data.map((_, i) => {
    const [sample, column, row] = [Math.floor(i / rows / columns), Math.floor(i / rows) % columns, i % rows]
    return data[(sample * rows + row) * columns + column]!
  })
}

/** Output `i` in float64. */
function windowOf(input: Float32Array, kind: Kind, { shape, size, stride, padding }: Geometry, i: number): number {
  const [, height, width, channels] = shape as [number, number, number, number]
  const [rows, columns] = [Math.ceil(height / stride), Math.ceil(width / stride)]
  const before = padding === 'same' ? (size - 1) / 2 : 0
  const c = i % channels
  const [n, y, x] = [
    Math.floor(i / channels / columns / rows),
    Math.floor(i / channels / columns) % rows,
    Math.floor(i / channels) % columns,
  ]
  const seen: number[] = []
  for (let v = y * stride - before; v < y * stride - before + size; v++) {
    for (let u = x * stride - before; u < x * stride - before + size; u++) {
      if (v >= 0 && v < height && u >= 0 && u < width) seen.push(input[((n * height + v) * width + u) * channels + c]!)
    }
  }
  return kind === 'max' ? Math.max(...seen) : seen.reduce((sum, value) => sum + value, 0) / seen.length
}
