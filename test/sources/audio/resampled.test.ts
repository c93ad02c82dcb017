import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DataError } from '../../../src/core/check.ts'
import { type Frames, join, rateOf, signal } from '../../../src/core/frames.ts'
import { apply } from '../../../src/core/stage.ts'
import type { Samples } from '../../../src/sources/audio/encoding.ts'
import { mixed, resampled, resampler } from '../../../src/sources/audio/resampled.ts'
import { resample } from '../../../src/stages/index.ts'
import { property } from '../../property.ts'
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

  property(
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

  // A sample is unheard if, and only if, the filter would have carried it there.
  property([fc.constantFrom([44100, 16000], [8000, 16000], [16000, 16000], [48000, 16000]), fc.integer({ min: 1, max: 400 })], {
    numRuns: 40,
  })('gives weight 0 to what saw a lost sample', ([from, to], count) => {
    const heard = [tone(100, from!, 1000), new Float32Array(count), tone(100, from!, 1000)]
    const machine = resampler('test', { from: from!, to: to!, channels: 1 })
    const block = join([...heard.flatMap((part, i) => [...machine.push([part], i === 1 ? 'lost' : undefined)]), ...machine.close()])!
    const nan = Float32Array.from([...heard[0]!, ...new Float32Array(count).fill(Number.NaN), ...heard[2]!])
    const marked = apply(signal(nan, { rate: from! }), resample({ to: to!, width: 32 }))
    expect([...block.weights!]).toEqual([...marked.data].map((x) => (Number.isNaN(x) ? 0 : 1)))
    const live = resampler('test', { from: from!, to: to!, channels: 1, live: true })
    const recovered = join([...live.push([nan]), ...live.close()])!
    expect(recovered.weights).toEqual(block.weights)
    expect(recovered.data).toEqual(block.data)
  })

  it.each([Number.NaN, Infinity, -Infinity, 2 ** 41])('ends at %d in any channel, after what came before, and names where', (bad) => {
    const machine = resampler('test: a.wav', { from: 8000, to: 8000, channels: 2 })
    const [left, right] = [tone(100, 8000, 3000), tone(100, 8000, 3000)]
    expect([...machine.push([left, right])]).toHaveLength(1)
    right[1000] = bad
    left[1001] = bad
    const out: Frames[] = []
    expect(() => {
      for (const block of machine.push([left, right])) out.push(block)
    }).toThrow(`test: a.wav: expected samples between −2⁴⁰ and 2⁴⁰, got ${bad} at sample 4000, after 0.5 s`)
    expect(join(out)!.length).toBe(1000)
  })

  it('takes what is loud for sound: integers that nobody scaled', () => {
    const loud = tone(100, 16000, 500).map((x) => x * 2 ** 31)
    expect(run(loud, 16000, 16000).data).toEqual(loud)
  })

  // 4000 samples of 16 Hz are four million at 16 kHz, of which no array may hold all.
  it('gives few samples at a time, however many come of one', () => {
    const samples = Float32Array.from({ length: 4000 }, (_, i) => Math.sin(i * i))
    const machine = resampler('test', { from: 16, to: 16000, channels: 1 })
    let [total, most, memory] = [0, 0, 0]
    for (const block of machine.push([samples])) {
      total += block.length
      most = Math.max(most, block.length)
      memory = Math.max(memory, block.data.buffer.byteLength)
    }
    for (const block of machine.close()) total += block.length
    expect(total).toBe(4_000_000)
    expect(most).toBeLessThanOrEqual(16384)
    // At first a filter's reach comes with it.
    expect(memory).toBeLessThan(2 ** 18)
  })

  it.each([
    [15, 16000, 'expected a rate from 16 to 384000 Hz, got 15 Hz'],
    [1, 384000, 'expected a rate from 384 to 384000 Hz, got 1 Hz'],
    [383999, 16000, 'expected 1 × 383999 Hz to become 16000 Hz, got "resample: width, rolloff and the two rates must make filters'],
  ])('refuses a recording of %d Hz for %d Hz, as its own fault', async (from, to, message) => {
    async function* recording(): AsyncGenerator<Samples> {
      yield { rate: from, channels: [new Float32Array(8192)] }
    }
    const read = async () => {
      for await (const _ of resampled('test', recording(), { rate: to, channels: 'mix' }));
    }
    const refused = await read().catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(DataError)
    expect((refused as Error).message).toContain(`test: ${message}`)
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
