/** A machine's state. Another version's, and another stage's, is refused. */
export interface Saved {
  readonly version: 2
  /** The spec and input shape it belongs to, as JSON. */
  readonly of: string
  readonly state: unknown
  /** A checksum, where `open` made the machine. */
  readonly sum?: string
}

export const version = 2

/**
 * States that leave the library, and come back from where nobody watched them: sealed by a checksum over all they hold, so that what was cut short, changed or written as JSON
 * is refused before anything is made of it. That finds damage, not malice: whoever can write a state can write its checksum.
 */
export function seal({ of, state }: Saved): Saved {
  const own = mapped(state, packed)
  return { version, of, state: own, sum: sumOf([of, own]) }
}

/**
 * The state that was sealed; the one that is given stays as it is.
 * @throws TypeError for one that is not as it was sealed
 */
export function unsealed(who: string, saved: Saved): Saved {
  try {
    // What comes out has no getters and no proxies.
    const own = structuredClone(saved)
    // Another version is the machine's to refuse.
    if (own.version !== version) return own
    if (own.sum === sumOf([own.of, own.state])) return { ...own, state: mapped(own.state, unpacked) }
  } catch {
    // Said below.
  }
  throw new TypeError(`${who}: saved state must be what save() gave, as structuredClone copies it, got one that was changed`)
}

/** Numbers that are mostly 0, as those of sketches are: how many, and those that are not. */
interface Sparse {
  readonly sparse: number
  readonly at: Uint32Array
  readonly values: Float64Array
}

function packed(value: object): object {
  if (!ArrayBuffer.isView(value)) return value
  if (!(value instanceof Float64Array) || value.length < 64)
    // A view of a few numbers must not take along all that it is of.
    return value.byteLength < value.buffer.byteLength ? (value as Uint8Array).slice() : value
  let count = 0
  for (let i = 0; i < value.length; i++) if (!Object.is(value[i], 0)) count++
  if (4 * count > value.length) return value
  const [at, values] = [new Uint32Array(count), new Float64Array(count)]
  for (let i = 0, k = 0; k < count; i++) {
    if (Object.is(value[i], 0)) continue
    at[k] = i
    values[k++] = value[i]!
  }
  return { sparse: value.length, at, values } satisfies Sparse
}

function unpacked(value: object): object {
  if (!('sparse' in value)) return value
  const { sparse, at, values } = value as Sparse
  const all = new Float64Array(sparse)
  for (let k = 0; k < at.length; k++) all[at[k]!] = values[k]!
  return all
}

/** Changes what a tree of plain data holds, in place, and what its branches have become no more. */
function mapped(value: unknown, change: (value: object) => object): unknown {
  if (typeof value !== 'object' || value === null) return value
  const own = change(value)
  if (own !== value || ArrayBuffer.isView(own)) return own
  const parts = own as { [key: string]: unknown }
  for (const key of Object.keys(parts)) parts[key] = mapped(parts[key], change)
  return own
}

/** 64 bits that follow from every bit of plain data, its types and its order (MurmurHash3's mixing, twice). */
function sumOf(value: unknown): string {
  let [a, b] = [0, 0]
  const word = (x: number) => {
    a = Math.imul(turned(a ^ Math.imul(turned(Math.imul(x, 0xcc9e2d51), 15), 0x1b873593), 13), 5) + 0xe6546b64
    b = Math.imul(turned(b ^ Math.imul(turned(Math.imul(x, 0x239b961b), 17), 0xab0e9789), 19), 5) + 0x561ccd1b
  }
  const text = (letters: string) => {
    word(letters.length)
    for (let i = 0; i < letters.length; i++) word(letters.charCodeAt(i))
  }
  const visit = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) text(`${typeof part} ${Object.is(part, -0) ? '-0' : String(part)}`)
    else if (ArrayBuffer.isView(part)) {
      text(Object.prototype.toString.call(part))
      const bytes = new Uint8Array(part.buffer, part.byteOffset, part.byteLength).slice()
      const whole = bytes.length - (bytes.length % 4)
      word(bytes.length)
      for (const x of new Uint32Array(bytes.buffer, 0, whole / 4)) word(x)
      for (const x of bytes.subarray(whole)) word(x)
    } else {
      const entries = Object.entries(part)
      text(Object.prototype.toString.call(part))
      word(entries.length)
      for (const [key, inner] of entries) {
        text(key)
        visit(inner)
      }
    }
  }
  visit(value)
  return [a, b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')
}

function turned(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by))
}
