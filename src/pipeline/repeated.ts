// Ids that are remembered: some 50 MB. Later ones are compared with these.
const most = 2 ** 20

/**
 * Which ids came before. Ids are remembered by 53 bits of a hash, the first 2²⁰ of them, so memory is bounded whatever their length; in a million ids there is a chance
 * of one in 10⁴ that two of them are taken for the same.
 */
export class Repeated {
  readonly #seen = new Set<number>()

  /** Whether an id came before; it has, from now on. */
  add(id: string): boolean {
    const hash = hashOf(id)
    const before = this.#seen.has(hash)
    if (!before && this.#seen.size < most) this.#seen.add(hash)
    return before
  }
}

/** Two hashes of 32 bits with different multipliers (FNV's and one of murmur's), each mixed at the end, as one number of 53. */
function hashOf(text: string): number {
  let [a, b] = [0x811c9dc5, 0x9747b28c]
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    a = Math.imul(a ^ code, 0x01000193)
    b = Math.imul(b ^ code, 0x5bd1e995)
    b ^= b >>> 15
  }
  return mixed(a) * 2 ** 21 + (mixed(b) >>> 11)
}

function mixed(x: number): number {
  const y = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  const z = Math.imul(y ^ (y >>> 13), 0xc2b2ae35)
  return (z ^ (z >>> 16)) >>> 0
}
