// A hash of whatever a part of the library gives, down to the last bit of each number.

type Float = Float32Array | Float64Array

/** 64 bits over all that was added, in order: two hashes by the rounds and the end of MurmurHash3. A NaN is a NaN, whichever it is: engines differ in that, as they may. */
export class Bits {
  #high = 0x9e3779b9
  #low = 0x85ebca77
  #words = 0
  /** The arrays of floating-point numbers that were added, so that a difference can be measured. */
  readonly numbers: Float[] = []

  get hash(): string {
    return [this.#high, this.#low]
      .map((half) =>
        end(half ^ this.#words)
          .toString(16)
          .padStart(8, '0'),
      )
      .join('')
  }

  /** Plain data: numbers, texts, lists, objects by the names of what they hold, typed arrays. */
  add(value: unknown): void {
    if (value instanceof Float32Array || value instanceof Float64Array) this.#floats(value)
    else if (ArrayBuffer.isView(value)) this.#list([...(value as Uint8Array)])
    else if (Array.isArray(value)) this.#list(value)
    else if (typeof value === 'number') this.#wide(value)
    else if (value instanceof Map) this.#list([...value])
    else if (typeof value === 'object' && value !== null) this.#list(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    else this.#text(`${typeof value} ${value}`)
  }

  #list(values: readonly unknown[]): void {
    this.#word(values.length)
    for (const value of values) this.add(value)
  }

  #text(text: string): void {
    this.#word(text.length)
    for (let i = 0; i < text.length; i++) this.#word(text.charCodeAt(i))
  }

  #floats(values: Float): void {
    this.numbers.push(values)
    this.#word(values.length)
    if (values instanceof Float64Array) for (const x of values) this.#wide(x)
    else this.#singles(values)
  }

  #singles(values: Float32Array): void {
    const words = new Uint32Array(values.slice().buffer)
    for (let i = 0; i < words.length; i++) this.#word(Number.isNaN(values[i]) ? 0x7fc00000 : words[i]!)
  }

  #wide(x: number): void {
    view.setFloat64(0, Number.isNaN(x) ? 0 : x)
    this.#word(Number.isNaN(x) ? 0x7ff80000 : view.getUint32(0))
    this.#word(view.getUint32(4))
  }

  #word(word: number): void {
    this.#high = round(this.#high, word, 0xcc9e2d51, 0x1b873593)
    this.#low = round(this.#low, word, 0x239b961b, 0xab0e9789)
    this.#words++
  }
}

const view = new DataView(new ArrayBuffer(8))

function round(hash: number, word: number, c1: number, c2: number): number {
  const k = Math.imul(word, c1)
  const mixed = hash ^ Math.imul((k << 15) | (k >>> 17), c2)
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0
}

function end(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
