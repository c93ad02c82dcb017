import { busy } from './refused.ts'

/** Bytes that all bodies together may have. */
export class Room {
  #left: number

  constructor(
    readonly all: number,
    readonly what: string,
  ) {
    this.#left = all
  }

  /** @throws Refused (503) where there is not as much left */
  take(amount: number): void {
    if (amount > this.#left) throw busy(`${this.what}: expected room for ${amount}, got ${this.#left} of ${this.all}; try again`)
    this.#left -= amount
  }

  give(amount: number): void {
    this.#left += amount
  }
}

/** So many run at once; the others wait, first come, first served. */
export class Line {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(atOnce: number) {
    this.#free = atOnce
  }

  async run<Result>(work: () => Promise<Result>, stopped: AbortSignal): Promise<Result> {
    if (this.#free > 0) this.#free--
    else await this.#turn(stopped)
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      // In a turn of its own, so that who wants no more than a word is not kept by all that waits here.
      if (next) setImmediate(next)
      else this.#free++
    }
  }

  #turn(stopped: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(resolve)
      stopped.addEventListener('abort', () => {
        const at = this.#waiting.indexOf(resolve)
        if (at >= 0) this.#waiting.splice(at, 1)
        reject(stopped.reason)
      })
    })
  }
}
