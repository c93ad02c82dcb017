// Mantissas below 10¹⁵ and powers up to 10²² are exact in float64, so that one multiplication or division rounds as reading the text does.
const powers = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`))
const digits = 15
const zero = 0x30

/** Reads decimal numbers from bytes with the bits that `Number` gives, without making strings. */
export class Scanner {
  constructor(
    readonly bytes: Uint8Array,
    /** The next byte. */
    public at: number = 0,
  ) {}

  /** The number at this place, which it then steps over; NaN where there is none. */
  number(): number {
    const { bytes } = this
    const from = this.at
    const negative = bytes[from] === 0x2d
    if (negative) this.at++
    let mantissa = 0
    let significant = 0
    let read = 0
    let exponent = 0
    let point = false
    for (; ; this.at++) {
      const byte = bytes[this.at]!
      if (byte === 0x2e && !point) {
        point = true
        continue
      }
      if (!(byte >= zero && byte <= zero + 9)) break
      read++
      if (point) exponent--
      mantissa = mantissa * 10 + (byte - zero)
      if (mantissa > 0) significant++
    }
    if (read === 0) return Number.NaN
    if ((bytes[this.at]! | 0x20) === 0x65) {
      const shift = this.#exponent()
      if (Number.isNaN(shift)) return shift
      exponent += shift
    }
    if (significant > digits || Math.abs(exponent) >= powers.length)
      return Number(Buffer.from(bytes.subarray(from, this.at)).toString('latin1'))
    const value = exponent < 0 ? mantissa / powers[-exponent]! : mantissa * powers[exponent]!
    return negative ? -value : value
  }

  #exponent(): number {
    this.at++
    const sign = this.bytes[this.at]
    if (sign === 0x2d || sign === 0x2b) this.at++
    let value = 0
    const from = this.at
    for (let byte = this.bytes[this.at]!; byte >= zero && byte <= zero + 9; byte = this.bytes[++this.at]!)
      value = value * 10 + (byte - zero)
    if (this.at === from) return Number.NaN
    return sign === 0x2d ? -value : value
  }
}
