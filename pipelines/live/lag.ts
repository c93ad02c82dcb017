/** How late the last results were, and how much sound waits: all that the page's meter shows. */
export interface Lag {
  /** Seconds from the end of a result's sound to the result. */
  readonly median: number
  readonly p95: number
  /** Seconds of sound that should have come by now and has not. */
  readonly queued: number
  /** Seconds of sound that never came, or came broken: unseen time. */
  readonly lost: number
}

const kept = 200

/** Measures by the clock of the day, which live frames tell. */
export class LagMeter {
  readonly #late: number[] = []
  #heard: number | undefined
  #lost = 0

  /** Sound came up to `end`, so many seconds of it unseen. */
  heard(end: number, lost: number): void {
    this.#heard = end
    this.#lost += lost
  }

  /** A result of sound up to `end` came at `now`. */
  came(end: number, now: number): void {
    this.#late.push(now - end)
    if (this.#late.length > kept) this.#late.shift()
  }

  /** Of the last 200 results; undefined before any sound. */
  at(now: number): Lag | undefined {
    if (this.#heard === undefined) return undefined
    const sorted = this.#late.toSorted((a, b) => a - b)
    const at = (share: number) => sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)] ?? 0
    return { median: at(0.5), p95: at(0.95), queued: Math.max(now - this.#heard, 0), lost: this.#lost }
  }
}
