import { DataError, refusal, show, tried } from '../core/check.ts'

/** A ReadableStream of bytes, by the little of it that is used: what a browser's and Node's have in common, without the types of either. */
export interface WebStream {
  getReader(): ByteReader
}

export interface ByteReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
  cancel(): Promise<unknown>
}

/** Bytes as they arrive: a web stream, a Node stream, or an async generator. */
export type ByteStream = WebStream | AsyncIterable<Uint8Array>

/** Chunks to be read once, and the way to stop a read that is waiting for data. */
export interface Chunks extends AsyncIterable<Uint8Array> {
  release(): void
}

/**
 * A stream of bytes to be read chunk by chunk, on demand, once it is opened.
 * @throws TypeError where the source is no stream; on the way a DataError where a chunk is not made of bytes.
 */
export function chunksOf(who: string, source: ByteStream): () => Chunks {
  const has = (what: string | symbol) =>
    tried(source as object, (all) => typeof all === 'object' && typeof (all as Record<symbol, unknown>)[what as symbol] === 'function')
  if (has('getReader')) {
    return () => {
      const reader = (source as WebStream).getReader()
      return { ...checked(who, drained(reader)), release: () => void reader.cancel().catch(() => {}) }
    }
  }
  if (has(Symbol.asyncIterator)) {
    // A Node stream whose read is pending ends only when it is destroyed; leaving its loop would destroy it anyway.
    const release = () => void (has('destroy') && (source as unknown as { destroy(): void }).destroy())
    return () => ({ ...checked(who, source as AsyncIterable<Uint8Array>), release })
  }
  throw refusal(who, 'source must be a ReadableStream or an async iterable of bytes', source)
}

function checked(who: string, chunks: AsyncIterable<unknown>): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      for await (const chunk of chunks) {
        if (!(chunk instanceof Uint8Array)) throw new DataError(`${who}: expected chunks of bytes (Uint8Array), got ${show(chunk)}`)
        yield chunk
      }
    },
  }
}

/** Not the stream's own async iterator, which not every browser has. */
async function* drained(reader: ByteReader): AsyncGenerator<Uint8Array | undefined> {
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    yield value
  }
}

/** A cursor over chunks, for reading headers. */
export interface Cursor {
  /** Bytes read or skipped so far. */
  readonly position: number
  /** The next `count` bytes, or as many as there are; stays where it is. */
  peek(count: number): Promise<Uint8Array>
  /** Goes on by `count` bytes without keeping them; returns how many there were. */
  skip(count: number): Promise<number>
  /** The next `count` bytes (all that follow by default), chunk by chunk. */
  rest(count?: number): AsyncGenerator<Uint8Array, void, undefined>
}

export function cursor(source: AsyncIterable<Uint8Array>): Cursor {
  const iterator = source[Symbol.asyncIterator]()
  let buffer: Uint8Array = new Uint8Array(0)
  let ended = false
  let position = 0

  async function more(): Promise<boolean> {
    const next = ended ? undefined : await iterator.next()
    ended = next === undefined || next.done === true
    if (next !== undefined && next.done !== true) buffer = buffer.length === 0 ? next.value : joined(buffer, next.value)
    return !ended
  }

  function taken(count: number): Uint8Array {
    const bytes = buffer.subarray(0, count)
    buffer = buffer.subarray(bytes.length)
    position += bytes.length
    return bytes
  }

  async function* rest(count = Infinity): AsyncGenerator<Uint8Array, void, undefined> {
    let left = count
    while (left > 0 && (buffer.length > 0 || (await more()))) {
      const bytes = taken(left)
      left -= bytes.length
      if (bytes.length > 0) yield bytes
    }
  }

  return {
    get position() {
      return position
    },
    async peek(count) {
      while (buffer.length < count && (await more()));
      return buffer.subarray(0, count)
    },
    async skip(count) {
      const from = position
      for await (const _ of rest(count));
      return position - from
    },
    rest,
  }
}

export function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}

/** Bytes as numbers of any kind, where they lie. */
export function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength)
}
