import { Readable } from 'node:stream'
import fc from 'fast-check'
import { pcm } from 'poolwise/audio'
import { take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { DataError } from '../../../src/core/check.ts'
import { rateOf } from '../../../src/core/frames.ts'
import { property } from '../../property.ts'
import { cut, ending, s16, whole } from '../recordings.ts'

const stereo = s16([0, 1, -1, 32767, -32768, 16384])

describe('pcm', () => {
  property([fc.integer({ min: 1, max: 13 })])('reads the same samples wherever the bytes are cut', async (size) => {
    const block = await whole(pcm(cut(stereo, size), { rate: 8000, channels: 2 }))
    expect(block.length).toBe(3)
    expect([...block.data]).toEqual([0, 1 / 32768, -1 / 32768, 32767 / 32768, -1, 0.5])
    expect(block.layout).toMatchObject({ planes: 1, bins: 1, channels: 2, clock: { unit: 'second', hop: 1 / 8000 } })
    expect(rateOf(block.layout.clock, 'test')).toBe(8000)
  })

  // The bytes of −1, 0 and half of full scale.
  it.each([
    ['u8', [0, 128, 192]],
    ['s8', [0x80, 0, 0x40]],
    ['s16le', [0, 0x80, 0, 0, 0, 0x40]],
    ['s16be', [0x80, 0, 0, 0, 0x40, 0]],
    ['s24le', [0, 0, 0x80, 0, 0, 0, 0, 0, 0x40]],
    ['s24be', [0x80, 0, 0, 0, 0, 0, 0x40, 0, 0]],
    ['s32le', [0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x40]],
    ['s32be', [0x80, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0]],
    ['s64le', [...new Uint8Array(BigInt64Array.of(-(2n ** 63n), 0n, 2n ** 62n).buffer)]],
    ['s64be', [...new Uint8Array(BigInt64Array.of(2n ** 62n, 0n, -(2n ** 63n)).buffer)].reverse()],
    ['f32le', [...new Uint8Array(Float32Array.of(-1, 0, 0.5).buffer)]],
    ['f32be', [...new Uint8Array(Float32Array.of(0.5, 0, -1).buffer)].reverse()],
    ['f64le', [...new Uint8Array(Float64Array.of(-1, 0, 0.5).buffer)]],
    ['f64be', [...new Uint8Array(Float64Array.of(0.5, 0, -1).buffer)].reverse()],
  ] as const)('reads %s wherever the bytes are cut', async (format, bytes) => {
    for (const size of [1, 5, 24]) {
      const block = await whole(pcm(cut(Uint8Array.from(bytes), size), { rate: 8000, format }))
      expect([...block.data]).toEqual([-1, 0, 0.5])
    }
  })

  it.each([
    ['mulaw', [0, 0x7f, 0x80, 0xfe], [-32124, 0, 32124, 8]],
    ['alaw', [0x2a, 0x55, 0xd5, 0xaa], [-32256, -8, 8, 32256]],
  ] as const)('reads %s', async (format, bytes, values) => {
    const block = await whole(pcm(cut(Uint8Array.from(bytes), 3), { rate: 8000, format, channels: 2 }))
    expect([...block.data].map((x) => x * 32768)).toEqual(values)
  })

  it('reads Buffers at any offset of their memory', async () => {
    const bytes = Buffer.from([9, ...stereo, 7]).subarray(1, -1)
    expect((await whole(pcm(Readable.from([bytes]), { rate: 8000 }))).data).toEqual(
      (await whole(pcm(cut(stereo, 99), { rate: 8000 }))).data,
    )
  })

  it('ends at a float that is no sample, after those before it', async () => {
    const values = Float32Array.of(0.1, 0.2, Number.NaN, 0.3)
    const { length, error } = await ending(pcm(cut(new Uint8Array(values.buffer), 3), { rate: 16000, format: 'f32le' }))
    expect(length).toBe(2)
    expect(error).toBeInstanceOf(DataError)
    expect(error?.message).toBe('pcm: expected samples between −2⁴⁰ and 2⁴⁰, got NaN at sample 2, after 0.000125 s')
  })

  it('gives weight 0 to such floats of a live source, and silence', async () => {
    const values = Float32Array.of(0.5, Number.NaN, 0.25, 1, -Infinity, 0.5, 0.5, 0.5)
    const block = await whole(pcm(cut(new Uint8Array(values.buffer), 32), { rate: 16000, format: 'f32le', channels: 2, live: true }))
    expect([...block.weights!]).toEqual([0, 1, 0, 1])
    expect([...block.data]).toEqual([0, 0, 0.25, 1, 0, 0, 0.5, 0.5])
  })

  it('reads web streams and Node streams', async () => {
    const web = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(stereo)
        controller.close()
      },
    })
    const fromWeb = await whole(pcm(web, { rate: 8000 }))
    const fromNode = await whole(pcm(Readable.from([Buffer.from(stereo)]), { rate: 8000 }))
    expect(fromWeb.length).toBe(6)
    expect(fromNode.data).toEqual(fromWeb.data)
  })

  it('uses a chunk before the source writes into it again', async () => {
    async function* reusing() {
      const bytes = new Uint8Array(3)
      bytes.set([1, 0, 2])
      yield bytes
      bytes.set([0, 3, 0])
      yield bytes
    }
    const block = await whole(pcm(reusing(), { rate: 8000 }))
    expect([...block.data].map((x) => x * 32768)).toEqual([1, 2, 3])
  })

  it('gives blocks of at most 16384 frames that follow one another, the first one empty', async () => {
    const { blocks } = await ending(pcm(cut(s16(new Int16Array(40000)), 1e6), { rate: 8000, live: true }))
    expect(blocks.map((block) => [block.start, block.length])).toEqual([
      [0, 0],
      [0, 16384],
      [16384, 16384],
      [32768, 7232],
    ])
    expect(blocks[0]!.layout.live).toBe(true)
  })

  it('gives one empty block where there are no bytes', async () => {
    const { blocks, error } = await ending(pcm(cut(new Uint8Array(0), 1), { rate: 8000, channels: 2 }))
    expect(blocks).toHaveLength(1)
    expect(blocks[0]).toMatchObject({ length: 0, layout: { channels: 2 } })
    expect(error).toBeUndefined()
  })

  it('uses all whole samples before an odd byte, then says so', async () => {
    const { length, error } = await ending(pcm(cut(s16([1, 2, 3]).subarray(0, 5), 4), { rate: 8000 }))
    expect(length).toBe(2)
    expect(error).toBeInstanceOf(DataError)
    expect(error?.message).toBe('pcm: expected whole frames of 2 bytes, got an odd byte left over at the end')
  })

  it('refuses chunks that are not bytes', async () => {
    const { error } = await ending(pcm(Readable.from(['text']) as AsyncIterable<never>, { rate: 8000 }))
    expect(error?.message).toBe('pcm: expected chunks of bytes (Uint8Array), got "text"')
  })

  it.each([
    [{ rate: 0 }, 'pcm: rate must be an integer ≥ 1, got 0'],
    [{ rate: 384001 }, 'pcm: rate must be an integer ≤ 384000, got 384001'],
    [{ rate: 8000, channels: 0 }, 'pcm: channels must be an integer from 1 to 65535, got 0'],
    [{ rate: 8000, channels: 65536 }, 'pcm: channels must be an integer from 1 to 65535, got 65536'],
    [{ rate: 8000, format: 's17le' }, 's64be, f32be, f64be, mulaw, alaw, got "s17le"; did you mean "s16le"?'],
    [{ rate: 8000, chanels: 2 }, 'pcm: unknown option "chanels"; did you mean "channels"?'],
  ])('refuses %j', (options, message) => {
    expect(() => pcm(cut(stereo, 1), options as never)).toThrow(message)
  })

  it('refuses a source that is no stream', () => {
    expect(() => pcm(3 as never, { rate: 8000 })).toThrow('pcm: source must be a ReadableStream or an async iterable of bytes, got 3')
  })

  it('reads on demand, and no further than it is asked to', async () => {
    let read = 0
    async function* counted() {
      for (;;) {
        read += 1
        yield s16(new Int16Array(100))
      }
    }
    const { blocks } = await ending(pcm(counted(), { rate: 8000 }).pipe(take(4)))
    expect(blocks).toHaveLength(4)
    expect(read).toBe(3)
  })

  it('lets go of streams that wait for data when it is unsubscribed', async () => {
    let cancelled = false
    const cancel = () => {
      cancelled = true
    }
    const web = new ReadableStream<Uint8Array>({ cancel })
    const node = new Readable({ read: () => {} })
    const subscriptions = [pcm(web, { rate: 8000 }).subscribe(), pcm(node, { rate: 8000 }).subscribe()]
    await new Promise((resolve) => setTimeout(resolve, 5))
    for (const subscription of subscriptions) subscription.unsubscribe()
    expect(node.destroyed).toBe(true)
    expect(cancelled).toBe(true)
  })
})
