// The textbook's image network, forward on ten drawn digits, with poolwise's max pooling in the place of TensorFlow.js' layer: the same logits.
// Run it: npm run peers, then npx tsx pipelines/image.ts
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { avgPool2d, maxPool2d, type Tensor } from 'poolwise/tensors'

type TfTensor = { readonly shape: readonly number[]; dataSync(): Float32Array }
type Layer = { readonly name: string; apply(x: TfTensor): TfTensor }
/** What is used of TensorFlow.js. */
interface Tfjs {
  enableProdMode(): void
  setBackend(name: string): Promise<boolean>
  tensor(data: ArrayLike<number>, shape: readonly number[]): TfTensor
  sequential(options: { layers: readonly Layer[] }): { predict(x: TfTensor): TfTensor; readonly layers: readonly Layer[] }
  readonly layers: Record<'conv2d' | 'maxPooling2d' | 'flatten' | 'dense', (options?: object) => Layer>
  readonly initializers: { glorotUniform(options: { seed: number }): object }
}

/** Every digit as strokes on a grid of 5 × 7: pairs of column and row. */
const strokes =
  '10 30 41 45 36 16 05 01 10,11 20 26,01 10 30 41 42 06 46,00 40 22 44 36 16 05,36 30 04 44,40 00 03 32 44 36 06,30 11 04 16 36 44 33 04,' +
  '00 40 16,23 01 20 41 23 05 26 45 23,42 13 01 10 30 42 36'

/** The ten digits as (10, 28, 28, 1), ink 1 on 0. */
export function digits(): Tensor {
  const data = new Float32Array(10 * 28 * 28)
  for (const [digit, line] of strokes.split(',').entries()) {
    const points = line.split(' ').map(([column, row]) => [6 + 4 * Number(column), 2 + 4 * Number(row)] as const)
    for (const [i, [x, y]] of points.slice(1).entries()) {
      const [fromX, fromY] = points[i]!
      for (let step = 0; step <= 40; step++) {
        const [column, row] = [fromX + ((x - fromX) * step) / 40, fromY + ((y - fromY) * step) / 40].map(Math.round) as [number, number]
        for (const pixel of [0, 1, 28, 29]) data[digit * 784 + row * 28 + column + pixel - 29] = 1
      }
    }
  }
  return { data, shape: [10, 28, 28, 1] }
}

/** The logits of both networks, and the shape after every layer of ours. Their weights are fixed by seeds, not trained. */
export async function compare(): Promise<{
  ours: Float32Array
  theirs: Float32Array
  shapes: [layer: string, shape: readonly number[]][]
}> {
  const tf = createRequire(new URL('../test/peers/package.json', import.meta.url))('@tensorflow/tfjs') as Tfjs
  tf.enableProdMode()
  await tf.setBackend('cpu')
  const seeded = (seed: number) => ({ kernelInitializer: tf.initializers.glorotUniform({ seed }) })
  const pooling = tf.layers.maxPooling2d({ poolSize: 2 })
  const network = tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [28, 28, 1], filters: 32, kernelSize: 3, activation: 'relu', ...seeded(1) }),
      pooling,
      tf.layers.flatten(),
      tf.layers.dense({ units: 128, activation: 'relu', ...seeded(2) }),
      tf.layers.dense({ units: 10, ...seeded(3) }),
    ],
  })
  const images = tf.tensor(digits().data as Float32Array, [10, 28, 28, 1])
  const shapes: [string, readonly number[]][] = []
  const forward = network.layers.reduce((x, layer) => {
    const pooled = layer === pooling ? maxPool2d(x, { size: 2, dialect: 'keras' }) : undefined
    const y = pooled ? tf.tensor(pooled.data, pooled.shape) : layer.apply(x)
    shapes.push([pooled ? 'poolwise maxPool2d' : layer.name, y.shape])
    return y
  }, images)
  return { ours: forward.dataSync(), theirs: network.predict(images).dataSync(), shapes }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const shade = ({ data, shape }: Tensor, digit: number, row: number) => {
    const from = digit * shape[1]! * shape[2]! + row * shape[2]!
    return Array.from(data.slice(from, from + shape[2]!), (ink) => ' ░▒▓█'[Math.ceil(4 * ink)]!.repeat(2)).join('')
  }
  const [max, mean] = [maxPool2d(digits(), { size: 2 }), avgPool2d(digits(), { size: 2 })]
  console.log('a 3 after 2 × 2 max pooling, and after average pooling')
  for (let row = 0; row < 14; row++) console.log(`${shade(max, 3, row)}  ${shade(mean, 3, row)}`.trimEnd())
  const { ours, theirs, shapes } = await compare().catch((error) => {
    console.error(`image: needs TensorFlow.js, which npm run peers installs (${error.message.split('\n')[0]})`)
    process.exit(1)
  })
  for (const [layer, shape] of shapes) console.log(`${layer.padEnd(20)} ${shape.join(' × ')}`)
  const equal = ours.filter((logit, i) => logit === theirs[i]).length
  console.log(`${equal} of ${theirs.length} logits equal those of the network with its own layer`)
}
