import { DataError, type Json, show, tried } from '../core/check.ts'
import { checkBlock, checkLayout, type Frames, type Layout, lanesOf } from '../core/frames.ts'
import { callback, type Given, read } from '../core/options.ts'
import { type ByteStream, type Cursor, chunksOf, cursor } from '../files/bytes.ts'
import { remade } from '../windows/eventClock.ts'
import { type Pulled, pulled } from './audio/resampled.ts'
import { type BlockLine, head } from './record.ts'

const replayOptions = {
  /** Called with each event that was recorded, where it came between the blocks. */
  event: callback<(event: Json) => void>().optional(),
}

export type ReplayOptions = Given<typeof replayOptions>

// A line, and the values of a block, that memory holds; more is damage.
const longestLine = 2 ** 24
const mostBytes = 2 ** 28

/**
 * What `record` wrote, as the same frames: block by block, with the same clock, gaps and bits, as fast as they are read.
 *
 * Shape: bytes, cut anywhere → Frames as they were recorded; a live source's stay `live`. The source is read on demand, and can be read once. What a cut recording has whole is given before the error.
 *
 * @throws TypeError for bad options and for what is no stream of bytes; a DataError in the stream for what is no recording, and for one that was cut short
 * @example
 * replay(createReadStream('session.frames'), { event: (event) => console.log(event) })
 */
export function replay(source: ByteStream, options: ReplayOptions = {}): Pulled {
  const { event } = read('replay', replayOptions, options)
  const open = chunksOf('replay', source)
  return pulled(() => {
    const chunks = open()
    return { frames: recorded(cursor(chunks), event), release: chunks.release }
  })
}

type Line = Partial<BlockLine> & { readonly layout?: Layout; readonly event?: Json; readonly end?: true }

async function* recorded(bytes: Cursor, heard?: (event: Json) => void): AsyncGenerator<Frames, void, undefined> {
  const first = await lineOf(bytes)
  if (JSON.stringify(first) !== JSON.stringify(head)) throw wrong(`a recording, which begins with ${JSON.stringify(head)}`, first)
  for (let layout: Layout | undefined; ; ) {
    const line = await lineOf(bytes)
    if (line.end) return
    if (line.layout !== undefined) {
      const given = line.layout
      if (!tried(given, () => checkLayout('replay', given) ?? true)) throw wrong('a layout', given)
      layout = remade(given)
    } else if ('event' in line) heard?.(line.event!)
    else if (layout && line.length !== undefined) yield await blockOf(bytes, layout, line as BlockLine)
    else throw wrong('a layout, a block that follows one, an event or the end', line)
  }
}

async function blockOf(bytes: Cursor, layout: Layout, line: BlockLine): Promise<Frames> {
  const { start, length, data, weights, boundaries, spans, watermark } = line
  const Data = { float32: Float32Array, float64: Float64Array }[data]
  const fits = Number.isSafeInteger(start) && Number.isSafeInteger(length) && length >= 0 && 8 * length * lanesOf(layout) <= mostBytes
  if (!fits || !Data) throw wrong('a block of frames', line)
  const values = async <Of>(Type: new (buffer: ArrayBuffer) => Of, count: number): Promise<Of> => {
    // A copy: a chunk of Node's is part of a larger buffer, at any offset.
    const own = new Uint8Array(await bytes.peek(count))
    if (own.length < count) throw cut()
    await bytes.skip(count)
    return new Type(own.buffer)
  }
  const block = {
    layout,
    start,
    length,
    data: (await values<Float32Array | Float64Array>(Data, length * lanesOf(layout) * Data.BYTES_PER_ELEMENT)) as Float32Array,
    ...(weights && { weights: await values(Float32Array, 4 * length) }),
    ...(boundaries && { boundaries: await values(Uint8Array, length) }),
    ...(spans && { spans: await values(Float64Array, 16 * length) }),
    ...(watermark !== undefined && { watermark }),
  }
  checkBlock('replay', block)
  return block
}

async function lineOf(bytes: Cursor): Promise<Line> {
  for (let size = 2 ** 8; ; size *= 2) {
    const some = await bytes.peek(size)
    const end = some.subarray(0, size).indexOf(10)
    if (end >= 0) {
      const text = new TextDecoder().decode(some.subarray(0, end))
      await bytes.skip(end + 1)
      const line = tried(text, JSON.parse) as unknown
      if (typeof line === 'object' && line !== null) return line
      throw wrong('a line of JSON', text)
    }
    if (size > longestLine) throw wrong(`a line of at most ${longestLine} bytes`, 'a longer one')
    if (some.length < size) throw cut()
  }
}

function wrong(expected: string, got: unknown): DataError {
  return new DataError(`replay: expected ${expected}, got ${show(got)}`)
}

function cut(): DataError {
  return new DataError('replay: expected a recording up to its end, got one that was cut short')
}
