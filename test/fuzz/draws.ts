import { randomOf } from '../evaluate/random.ts'

/** What is drawn for one case: its seed, its target and its number determine all of it. */
export class Draws {
  readonly #next: () => number

  /** @param seed what was drawn can be drawn again from it */
  constructor(readonly seed: string) {
    this.#next = randomOf(seed)
  }

  /** A whole number from 0 to below `count`; 0 where that is 0. */
  below(count: number): number {
    return Math.floor(this.#next() * count)
  }

  /** A whole number, both ends among them. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1)
  }

  /** A number, −1 to 1. */
  level(): number {
    return 2 * this.#next() - 1
  }

  chance(share: number): boolean {
    return this.#next() < share
  }

  pick<One>(of: readonly One[]): One {
    return of[this.below(of.length)]!
  }

  list<One>(count: number, make: (i: number) => One): One[] {
    return Array.from({ length: count }, (_, i) => make(i))
  }

  bytes(count: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length: count }, () => this.below(256))
  }

  /** Where to cut something of this length, in up to `most` places, in order. */
  cuts(length: number, most: number): number[] {
    return this.list(this.below(most + 1), () => this.below(length + 1)).sort((a, b) => a - b)
  }
}
