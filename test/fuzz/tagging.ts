import { ascii, type Bytes, joined, written } from './bytewise.ts'
import type { Draws } from './draws.ts'
import type { Mutation } from './mutants.ts'

/** Seven bits in each byte. */
const syncsafe = (size: number) => Uint8Array.from([21, 14, 7, 0], (shift) => (size >> shift) & 127)

function id3v2(draws: Draws): Bytes {
  const body = new Uint8Array(draws.between(10, 600))
  body.set(ascii('TIT2'))
  const footer = draws.chance(0.3)
  const version = footer ? 4 : draws.pick([2, 3, 4])
  const head = (mark: string) => joined(ascii(mark), Uint8Array.of(version, 0, footer ? 16 : 0), syncsafe(body.length))
  return joined(head('ID3'), body, footer ? head('3DI') : new Uint8Array(0))
}

function ape(draws: Draws): Bytes {
  const item = joined(written(4, 4, true), written(0, 4, true), ascii('Year\0'), ascii('2024'))
  const items = joined(...draws.list(draws.between(1, 3), () => item))
  const end = (flags: number) =>
    joined(
      ascii('APETAGEX'),
      written(2000, 4, true),
      written(items.length + 32, 4, true),
      written(1, 4, true),
      written(flags, 4, true),
      new Uint8Array(8),
    )
  return joined(end(0xa0000000), items, end(0x80000000))
}

const id3v1 = (): Bytes => joined(ascii('TAG'), new Uint8Array(125).fill(0x20))

/** Tags before and after, as many as there may be, change no sample. */
export const tagged: Mutation = ({ bytes }, draws) => {
  const before = draws.list(draws.below(3), () => draws.pick([id3v2, id3v2, ape])(draws))
  if (before.length > 0 && draws.chance(0.3)) before.push(new Uint8Array(draws.between(1, 300)))
  const after = draws.chance(0.6) ? [...(draws.chance(0.5) ? [ape(draws)] : []), ...(draws.chance(0.7) ? [id3v1()] : [])] : []
  return { what: `with ${before.length} tags before and ${after.length} after`, bytes: joined(...before, bytes, ...after), right: 'same' }
}
