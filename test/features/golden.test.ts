import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { answers, logMelOf, type Tensor } from '../conformance/audio.ts'

interface Case {
  id: string
  op: string
  params: Record<string, unknown>
  in: Record<string, string | Stored>
  out: Record<string, Stored>
}
interface Stored {
  shape: number[]
  data: (number | string)[]
}

const suite: { tensors: Record<string, Stored>; cases: Case[] } = JSON.parse(
  readFileSync(new URL('../golden/audio.json', import.meta.url), 'utf8'),
)

const read = (tensor: string | Stored): { shape: number[]; data: number[] } => {
  const { shape, data } = typeof tensor === 'string' ? suite.tensors[tensor.slice(1)]! : tensor
  return { shape, data: data.map(Number) }
}

/**
 * The largest |got − expected| as a share of what the golden suite allows float32: 2e-4 relative + 2e-5, five times that for decibels and cepstra,
 * and 1e-3 absolute for logarithms, whose near-silent bins the suite's note excepts.
 */
function share(op: string, got: Tensor, expected: { shape: number[]; data: number[] }): number {
  expect(got.shape).toEqual(expected.shape)
  const wide = /DB|mfcc/i.test(op) ? 5 : 1
  const absolute = /log|fbank|DB|mfcc/i.test(op) ? 1e-3 : 2e-5
  return Math.max(...expected.data.map((y, i) => Math.abs(got.data[i]! - y) / (wide * (2e-4 * Math.abs(y) + absolute))))
}

const worst = new Map<string, number>()

for (const { id, op, params, in: given, out } of suite.cases) {
  const inputs = Object.fromEntries(Object.entries(given).map(([name, tensor]) => [name, read(tensor)]))
  const answer = answers[op]
  if (answer) {
    test(`${id} ${op} equals torchaudio`, () => {
      const used = share(op, answer(params, inputs).y!, read(out.y!))
      worst.set(op, Math.max(used, worst.get(op) ?? 0))
      expect(used).toBeLessThan(1)
    })
  } else {
    test(`${id} ${op}: the log-mel spectrogram has the bands that are pooled`, () => {
      const pools = op === 'logMel+statsPool' ? 2 : (params.levels as number[]).reduce((a, b) => a + b)
      expect(logMelOf(params, inputs).layout.bins * pools).toBe(read(out.y!).shape[0])
    })
  }
}
