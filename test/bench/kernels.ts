// The kernels by themselves: ordinary arrays in, fresh arrays out, against copying the input.

import { ready } from '../../src/kernels/arena.ts'
import { addRows } from '../../src/kernels/rows.ts'
import { analysis } from '../../src/kernels/spectrum.ts'
import { taper } from '../../src/stages/spectra/transform.ts'
import { median, type Table, timed } from './timing.ts'

interface Work {
  readonly name: string
  readonly input: Float32Array
  run(): unknown
}

function signal(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => 10 * Math.sin(i * 0.37) * Math.sin(i * 0.00037))
}

function rows(): Work[] {
  const [count, lanes] = [30_000, 80]
  const input = signal(count * lanes)
  const weights = Float32Array.from({ length: count }, (_, row) => (row % 3 === 0 ? 0.5 : 1))
  const half = Float32Array.from({ length: count }, (_, row) => Number(row % 512 < 256))
  const zeros = () => new Float64Array(lanes)
  const moments = () => ({ weight: zeros(), sum: zeros(), shift: zeros(), squares: zeros() })
  const ends = () => ({ high: zeros(), low: zeros() })
  const work = (name: string, run: () => unknown) => ({ name: `${count} × ${lanes}: ${name}`, input, run })
  return [
    work('moments, max, min', () => addRows({ ...moments(), ...ends() }, input, 0, count)),
    work('moments', () => addRows(moments(), input, 0, count)),
    work('moments, weighed', () => addRows(moments(), input, 0, count, weights)),
    work('sum', () => addRows({ weight: zeros(), sum: zeros() }, input, 0, count)),
    work('sum, half of it unseen', () => addRows({ weight: zeros(), sum: zeros() }, input, 0, count, half)),
    work('max, min', () => addRows(ends(), input, 0, count)),
    work('max', () => addRows({ high: zeros() }, input, 0, count)),
  ]
}

/** Triangles that overlap by half, evenly over the bins: as many weights as a mel filterbank has. */
function triangles(bands: number, bins: number) {
  const wide = Math.floor((2 * bins) / bands)
  return {
    firsts: Int32Array.from({ length: bands }, (_, b) => Math.floor((b * (bins - wide)) / bands)),
    starts: Int32Array.from({ length: bands + 1 }, (_, b) => b * wide),
    weights: new Float32Array(bands * wide).fill(0.5),
  }
}

function spectra(): Work[] {
  const seconds = 60
  const input = signal(16_000 * seconds)
  const [length, hop, bands] = [400, 160, 80]
  const count = Math.floor((input.length - length) / hop) + 1
  return [512, 400].map((size) => {
    const analyze = analysis({
      size,
      lead: 0,
      taper: taper('hann', length, true),
      power: 2,
      filters: triangles(bands, size / 2 + 1),
      logarithm: { floor: 1e-10, offset: 0, scale: 1 },
    })
    return {
      name: `log-mel of ${seconds} s, transform ${size}`,
      input,
      run: () => analyze(input, 0, hop, count, new Float32Array(count * bands), 0, 1, () => {}),
    }
  })
}

/** What the system takes to map the memory of a fresh array, page by page, as it is first written. */
function fresh(): Work[] {
  return [600_000, 2_400_000, 6_400_000].map((length) => {
    const input = signal(length)
    return {
      name: `\`set\` into a fresh array of ${length.toLocaleString('en')} values`,
      input,
      run: () => new Float32Array(length).set(input),
    }
  })
}

/** Ratios to `set` of the input, run in turn with it. */
export async function kernels(): Promise<Table> {
  if (!(await ready())) throw new Error('kernels: expected WebAssembly, got none')
  return {
    title: 'Kernels, ordinary arrays in and out',
    head: ['work', '× `set` of the input', 'ns a value'],
    rows: [...rows(), ...spectra(), ...fresh()].map(({ name, input, run }) => {
      const copy = new Float32Array(input.length)
      const [set, ours] = timed([() => copy.set(input), run], 21) as [number[], number[]]
      const ratio = median(ours.map((time, i) => time / set[i]!))
      return [name, `${ratio.toFixed(2)}×`, ((median(ours) * 1e6) / input.length).toFixed(2)]
    }),
  }
}
