import { concat } from '../concat.ts'
import type { Draws } from './draws.ts'

export { concat as joined }

export type Bytes = Uint8Array<ArrayBuffer>

/** The same bytes with those from `at` on written over. */
export function patched(bytes: Uint8Array, at: number, by: ArrayLike<number>): Bytes {
  const copy = Uint8Array.from(bytes)
  for (let i = 0; i < by.length && at + i < copy.length; i++) copy[at + i] = by[i]!
  return copy
}

export const ascii = (text: string): Bytes => Uint8Array.from(text, (letter) => letter.charCodeAt(0))

/** What headers lie with: the ends of ranges, and the sizes that programs write where they know none. */
const lies = [0, 1, 2, 3, 7, 8, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 0x7fffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff]

/** A number as it stands in a header. */
export function written(value: number, width: number, little: boolean): Bytes {
  const bytes = Uint8Array.from({ length: width }, (_, i) => Math.floor(value / 256 ** i) % 256)
  return little ? bytes : bytes.reverse()
}

export const lie = (draws: Draws): number => (draws.chance(0.8) ? draws.pick(lies) : draws.below(2 ** 32))

/** Ways to damage bytes, whatever they mean. */
const damages: readonly ((bytes: Bytes, draws: Draws) => Bytes)[] = [
  (bytes, draws) => {
    const at = draws.below(bytes.length)
    return patched(bytes, at, [(bytes[at] ?? 0) ^ (1 << draws.below(8))])
  },
  (bytes, draws) => patched(bytes, draws.below(bytes.length), draws.bytes(1)),
  // Headers stand at the beginning.
  (bytes, draws) =>
    patched(bytes, draws.below(Math.min(bytes.length, 64)), written(lie(draws), draws.pick([1, 2, 4, 8]), draws.chance(0.6))),
  (bytes, draws) => patched(bytes, draws.below(bytes.length), written(lie(draws), draws.pick([1, 2, 4, 8]), draws.chance(0.6))),
  (bytes, draws) => bytes.slice(0, draws.below(bytes.length + 1)),
  (bytes, draws) => bytes.slice(draws.below(Math.min(bytes.length, 4096) + 1)),
  (bytes, draws) => {
    const [from, to] = span(bytes, draws)
    return concat(bytes.subarray(0, from), bytes.subarray(to))
  },
  (bytes, draws) => {
    const [from, to] = span(bytes, draws)
    return concat(bytes.subarray(0, to), bytes.subarray(from))
  },
  (bytes, draws) => {
    const [from, to] = span(bytes, draws)
    return patched(bytes, from, new Uint8Array(to - from).fill(draws.pick([0, 0xff, 0x20, 0x0a])))
  },
  (bytes, draws) => {
    const [from, to] = span(bytes, draws)
    const [, middle = from] = [0, draws.between(from, to)]
    return concat(bytes.subarray(0, from), bytes.subarray(middle, to), bytes.subarray(from, middle), bytes.subarray(to))
  },
  (bytes, draws) => {
    const at = draws.below(bytes.length + 1)
    return concat(bytes.subarray(0, at), draws.bytes(draws.between(1, 64)), bytes.subarray(at))
  },
]

function span(bytes: Uint8Array, draws: Draws): [from: number, to: number] {
  const from = draws.below(bytes.length + 1)
  return [from, Math.min(bytes.length, from + draws.between(1, draws.pick([4, 64, 4096])))]
}

/** Bytes damaged in one to a few ways, or with the end of another. */
export function damaged(bytes: Uint8Array, draws: Draws, other: Uint8Array = bytes): Bytes {
  let now: Bytes = Uint8Array.from(bytes)
  if (draws.chance(0.1)) now = concat(now.subarray(0, draws.below(now.length + 1)), other.subarray(draws.below(other.length + 1)))
  for (let i = draws.pick([1, 1, 1, 2, 4]); i > 0; i--) now = draws.pick(damages)(now, draws)
  return now
}

/** Cut anywhere, as pipes and sockets do. */
export async function* pieces(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array, void, undefined> {
  let from = 0
  for (const to of [...cuts, bytes.length]) {
    yield bytes.slice(from, to)
    from = to
  }
}

/** As a web stream, that of a browser. */
export function streamed(chunks: AsyncIterator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
  })
}
