// The textbook's network, as pipelines/image.ts runs it.
import { describe, expect, test } from 'vitest'
import { compare, digits } from '../../pipelines/image.ts'
import { program } from '../pipelines/programs.ts'
import { loadPeers } from './peers.ts'

const peers = await loadPeers()

test('ten different digits of thin strokes are drawn', () => {
  const { data, shape } = digits()
  expect(shape).toEqual([10, 28, 28, 1])
  const drawn = Array.from({ length: 10 }, (_, digit) => Array.from(data.slice(784 * digit, 784 * (digit + 1))))
  expect(new Set(drawn.map((ink) => ink.join())).size).toBe(10)
  for (const ink of drawn) {
    const count = ink.filter((pixel) => pixel === 1).length
    expect(count + ink.filter((pixel) => pixel === 0).length).toBe(784)
    expect(count).toBeGreaterThan(50)
    expect(count).toBeLessThan(250)
  }
})

describe.skipIf(!peers)('28 × 28 × 1 → Conv2D → MaxPooling2D → Flatten → Dense → Dense', () => {
  test('with our max pooling has the same logits and the shapes of the textbook', async () => {
    const { ours, theirs, shapes } = await compare()
    expect(shapes.map(([, shape]) => shape.join(' × '))).toEqual([
      '10 × 26 × 26 × 32',
      '10 × 13 × 13 × 32',
      '10 × 5408',
      '10 × 128',
      '10 × 10',
    ])
    expect(shapes[1]![0]).toBe('poolwise maxPool2d')
    expect(Array.from(ours)).toEqual(Array.from(theirs))
    // The network tells the digits apart: no two logits are the same by chance or by zeros.
    expect(new Set(ours).size).toBe(100)
  })

  test('the program says so', async () => {
    const { code, stdout, stderr } = await program(['pipelines/image.ts'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('100 of 100 logits equal')
  })
})
