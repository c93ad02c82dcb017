/** A line of text, counted from 1, or what was wrong with its bytes. */
export interface Line {
  readonly number: number
  readonly text: string
  /** What came instead of UTF-8 text. */
  readonly fault?: string
}

// A line is held in memory as a whole; input without line ends must not fill it.
const longest = 64 * 2 ** 20
const newline = 0x0a

/**
 * The lines of a stream of bytes, without their line ends, in batches as they arrive. `undefined` stands for a line longer than 64 MiB.
 * A line end at the very end begins no further line.
 */
export async function* byteLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<(Uint8Array | undefined)[], void, undefined> {
  let parts: Uint8Array[] = []
  let held = 0
  const keep = (part: Uint8Array) => {
    held += part.length
    if (held > longest) parts = []
    else if (part.length > 0) parts.push(part)
  }
  const take = (): Uint8Array | undefined => {
    const line = held > longest ? undefined : parts.length === 1 ? parts[0]! : Buffer.concat(parts)
    parts = []
    held = 0
    return line
  }
  for await (const chunk of chunks) {
    const batch: (Uint8Array | undefined)[] = []
    let from = 0
    for (let to = chunk.indexOf(newline); to >= 0; to = chunk.indexOf(newline, from)) {
      keep(chunk.subarray(from, to))
      batch.push(take())
      from = to + 1
    }
    keep(chunk.subarray(from))
    yield batch
  }
  if (held > 0) yield [take()]
}

/**
 * The lines of a stream of UTF-8 text, in batches as they arrive. A line that is not UTF-8 carries its fault, and the next ones go on. Byte order marks are dropped.
 *
 * @param first the number of the first line
 */
export async function* lines(chunks: AsyncIterable<Uint8Array>, first = 1): AsyncGenerator<Line[], void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let number = first - 1
  for await (const batch of byteLines(chunks)) {
    yield batch.map((bytes): Line => {
      number++
      if (bytes === undefined) return { number, text: '', fault: `more than ${longest} bytes` }
      try {
        return { number, text: decoder.decode(bytes) }
      } catch {
        return { number, text: '', fault: firstInvalid(bytes) }
      }
    })
  }
}

/** The lines of a text at hand. */
export function linesOf(text: string): Line[] {
  return text.split('\n').map((line, i) => ({ number: i + 1, text: line }))
}

/** Which byte is not UTF-8: the first that decoding does not keep; the last where the replacement character, 0xef 0xbf 0xbd, begins with all of them. */
export function firstInvalid(bytes: Uint8Array): string {
  const again = new TextEncoder().encode(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes))
  const at = bytes.findIndex((byte, i) => byte !== again[i] || i === bytes.length - 1)
  return `0x${bytes[at]!.toString(16).padStart(2, '0')} at byte ${at + 1}`
}
