import { Readable } from 'node:stream'
import { fc, test } from '@fast-check/vitest'
import { pcm } from 'poolwise/audio'
import { take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { DataError } from '../../../src/core/check.ts'
import { rateOf } from '../../../src/core/frames.ts'
import { cut, ending, s16, whole } from '../recordings.ts'

const stereo = s16([0, 1, -1, 32767, -32768, 16384])

describe('pcm', () => {
  test.prop([fc.integer({ min: 1, max: 13 })])('reads the same samples wherever the bytes are cut', async (size) => {
    const block = await whole(pcm(cut(stereo, size), { rate: 8000, channels: 2 }))
    expect(block.length).toBe(3)
    expect([...block.data]).toEqual([0, 1 / 32768, -1 / 32768, 32767 / 32768, -1, 0.5])
    expect(block.layout).toMatchObject({ planes: 1, bins: 1, channels: 2, clock: { unit: 'second', hop: 1 / 8000 } })
    expect(rateOf(block.layout.clock, 'test')).toBe(8000)
  })

  it('reads 32-bit floats, NaN and infinities among them', async () => {
    const values = Float32Array.from([0.1, Number.NaN, Infinity, -Infinity, -2])
    const block = await whole(pcm(cut(new Uint8Array(values.buffer), 3), { rate: 16000, format: 'f32le' }))
    expect(block.data).toEqual(values)
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
    [{ rate: 8000, format: 's16be' }, 'pcm: format must be one of s16le, f32le, got "s16be"; did you mean "s16le"?'],
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
