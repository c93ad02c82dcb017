/** Share of itself by which a range closes a value. */
const closing = 2e-5

/** From the least to the greatest of what came of late: it opens at once and closes slowly. */
export class Spread {
  #low = Infinity
  #high = -Infinity

  /** Where a value lies, from 0 to 255; 0 for what is no number, and as long as all were the same. */
  place(value: number): number {
    if (!Number.isFinite(value)) return 0
    const width = this.#high > this.#low ? this.#high - this.#low : 0
    this.#low = Math.min(value, this.#low + closing * width)
    this.#high = Math.max(value, this.#high - closing * width)
    return this.#high > this.#low ? Math.round((255 * (value - this.#low)) / (this.#high - this.#low)) : 0
  }
}
