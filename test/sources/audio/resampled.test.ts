import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { type Frames, join, rateOf, signal } from '../../../src/core/frames.ts'
import { apply } from '../../../src/core/stage.ts'
import type { Samples } from '../../../src/sources/audio/encoding.ts'
import { mixed, resampled, resampler } from '../../../src/sources/audio/resampled.ts'
import { resample } from '../../../src/stages/index.ts'
import { amplitude } from '../recordings.ts'

function tone(frequency: number, rate: number, length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin((2 * Math.PI * frequency * i) / rate))
}

function run(samples: Float32Array, from: number, to: number, cuts: number[] = []): Frames {
  const machine = resampler('test', { from, to, channels: 1 })
  const out: Frames[] = []
  let at = 0
  for (const cut of cuts) {
    out.push(...machine.push([samples.subarray(at, at + cut)]))
    at += cut
  }
  out.push(...machine.push([samples.subarray(at)]), ...machine.close())
  return join(out)!
}

/** A second from the middle, away from the filter's edges, holds whole periods of every whole frequency. */
const middle = (block: Frames) => block.data.subarray(8000, 24000)
const decibels = (x: number) => 20 * Math.log10(x)

describe('resampling', () => {
  it.each([44100, 48000])('keeps 7 kHz within 0.1 dB from %d to 16000 Hz', (from) => {
    const kept = amplitude(middle(run(tone(7000, from, 2 * from), from, 16000)), 7000, 16000)
    expect(Math.abs(decibels(kept))).toBeLessThan(0.1)
  })

  it.each([
    [11000, 5000],
    [13000, 3000],
    [15000, 1000],
    [20000, 4000],
  ])('leaves at most −80 dB of %d Hz, which would be heard at %d Hz', (frequency, alias) => {
    const block = middle(run(tone(frequency, 44100, 88200), 44100, 16000))
    expect(decibels(amplitude(block, alias, 16000))).toBeLessThan(-80)
    expect(decibels(Math.max(...block.map(Math.abs)))).toBeLessThan(-80)
  })

  it.each([0.9, 1.1])('is flat up to, and still from, a tenth beside half the lower rate: %d', (share) => {
    const level = decibels(Math.max(...middle(run(tone(8000 * share, 44100, 88200), 44100, 16000)).map(Math.abs)))
    if (share < 1) expect(Math.abs(level)).toBeLessThan(0.05)
    else expect(level).toBeLessThan(-75)
  })

  it('gives the bits of the stage', () => {
    const noise = Float32Array.from({ length: 5000 }, (_, i) => Math.sin(i * i))
    const once = apply(signal(noise, { rate: 44100 }), resample({ to: 16000, width: 32 }))
    expect(run(noise, 44100, 16000).data).toEqual(once.data)
  })

  it('does not shift time: a tone keeps its phase', () => {
    const error = run(tone(440, 44100, 88200), 44100, 16000).data.map((x, i) => x - Math.sin((2 * Math.PI * 440 * i) / 16000))
    expect(Math.max(...error.subarray(8000, 24000).map(Math.abs))).toBeLessThan(1e-3)
  })

  test.prop(
    [
      fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 10 }),
      fc.constantFrom([44100, 16000], [8000, 16000], [48000, 16000], [11025, 8000]),
    ],
    {
      numRuns: 40,
    },
  )('gives the same bits wherever the input is cut', (cuts, [from, to]) => {
    const noise = Float32Array.from({ length: 3001 }, (_, i) => Math.sin(i * i))
    const once = run(noise, from!, to!)
    expect(run(noise, from!, to!, cuts).data).toEqual(once.data)
    expect(once.length).toBe(Math.ceil((3001 * to!) / from!))
    expect(rateOf(once.layout.clock, 'test')).toBe(to)
  })

  it('passes equal rates through', () => {
    const noise = tone(100, 16000, 5000)
    expect(run(noise, 16000, 16000, [1, 2, 3]).data).toEqual(noise)
  })

  it('carries NaN into every sample that hears it, and no further', () => {
    const samples = tone(100, 48000, 3000)
    samples[1500] = Number.NaN
    const { data } = run(samples, 48000, 16000)
    expect(data[500]).toBeNaN()
    expect([...data.slice(0, 467), ...data.slice(534)].some(Number.isNaN)).toBe(false)
  })

  // A sample is unheard if, and only if, the filter would have carried a NaN into it.
  test.prop([fc.constantFrom([44100, 16000], [8000, 16000], [16000, 16000], [48000, 16000]), fc.integer({ min: 1, max: 400 })], {
    numRuns: 40,
  })('gives weight 0 to what saw a lost sample', ([from, to], count) => {
    const heard = [tone(100, from!, 1000), new Float32Array(count), tone(100, from!, 1000)]
    const machine = resampler('test', { from: from!, to: to!, channels: 1 })
    const block = join([...heard.flatMap((part, i) => [...machine.push([part], i === 1 ? 'lost' : undefined)]), ...machine.close()])!
    const marked = run(Float32Array.from([...heard[0]!, ...new Float32Array(count).fill(Number.NaN), ...heard[2]!]), from!, to!)
    expect([...block.weights!]).toEqual([...marked.data].map((x) => (Number.isNaN(x) ? 0 : 1)))
  })

  it('tells the length after resampling where the length before is certain', async () => {
    const layouts: (number | undefined)[] = []
    async function* recording(): AsyncGenerator<Samples> {
      yield { rate: 44100, channels: [new Float32Array(1000)], length: 1000 }
    }
    let frames = 0
    for await (const block of resampled('test', recording(), { rate: 16000, channels: 'mix' })) {
      layouts.push(block.layout.length)
      frames += block.length
    }
    expect(frames).toBe(363)
    expect(new Set(layouts)).toEqual(new Set([363]))
  })

  it('refuses a recording that changes its rate or its channels', async () => {
    async function* recording(): AsyncGenerator<Samples> {
      yield { rate: 8000, channels: [new Float32Array(1)] }
      yield { rate: 8000, channels: [new Float32Array(1), new Float32Array(1)] }
    }
    const read = async () => {
      for await (const _ of resampled('test', recording(), { rate: 16000, channels: 'keep' }));
    }
    await expect(read()).rejects.toThrow('test: expected 1 channels at 8000 Hz to the end, got 2 at 8000 Hz')
  })
})

describe('mixing', () => {
  it('takes the mean of the channels', () => {
    expect([...mixed([Float32Array.of(1, 2), Float32Array.of(3, -2), Float32Array.of(5, 3)])]).toEqual([3, 1])
  })
})
