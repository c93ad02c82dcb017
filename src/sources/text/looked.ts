/** What became of a token: it was not looked up (white space, masked punctuation), not found, or found. */
export const fates = { passed: 0, missing: 1, found: 2 } as const

/** Which tokens of a text were looked up, and which were found: two bits a token, so that windows of any kind can be asked for. */
export class Looked {
  #tried = new Uint32Array(1)
  #found = new Uint32Array(1)

  /** Notes what became of tokens, from the one at `start` on. Said again, it changes nothing. */
  put(start: number, tokens: Uint8Array): void {
    const end = start + tokens.length
    if (end > 32 * this.#tried.length) {
      const size = Math.max(2 * this.#tried.length, Math.ceil(end / 32))
      this.#tried = grown(this.#tried, size)
      this.#found = grown(this.#found, size)
    }
    for (let i = 0, at = start; i < tokens.length; i++, at++) {
      if (tokens[i] === fates.passed) continue
      this.#tried[at >>> 5]! |= 1 << (at & 31)
      if (tokens[i] === fates.found) this.#found[at >>> 5]! |= 1 << (at & 31)
    }
  }

  /** The share of tokens looked up from `start` to `end` that were found; 1 where none was looked up. */
  readonly share = (start: number, end: number): number => {
    const tried = count(this.#tried, start, end)
    return tried === 0 ? 1 : count(this.#found, start, end) / tried
  }
}

function grown(bits: Uint32Array, size: number): Uint32Array<ArrayBuffer> {
  const more = new Uint32Array(size)
  more.set(bits)
  return more
}

/** Bits that are set from `start` to `end`. */
function count(bits: Uint32Array, start: number, end: number): number {
  const [from, to] = [Math.max(0, Math.ceil(start)), Math.min(32 * bits.length, Math.ceil(end))]
  let sum = 0
  for (let at = from; at < to; ) {
    const next = Math.min(to, (at | 31) + 1)
    const taken = (bits[at >>> 5]! >>> (at & 31)) & (0xffffffff >>> (32 - (next - at)))
    sum += ones(taken)
    at = next
  }
  return sum
}

function ones(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555)
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333)
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
