import { setImmediate as turn } from 'node:timers/promises'

/** Milliseconds for which others wait. */
const most = 10

/** Items as they come, with time for what else happens: a source that has everything at hand would keep the thread to its end. */
export async function* inTurns<Item>(items: Iterable<Item> | AsyncIterable<Item>): AsyncGenerator<Item, void, undefined> {
  let since = performance.now()
  for await (const item of items) {
    yield item
    if (performance.now() - since > most) {
      await turn()
      since = performance.now()
    }
  }
}

/** Something is over when it has not been renewed for a time. Whoever was busy for longer finds its timers first, so what has come meanwhile is heard before that is said. */
export class Patience {
  readonly #timer: NodeJS.Timeout
  #renewed = 0

  constructor(seconds: number, over: () => void) {
    this.#timer = setTimeout(() => {
      const before = this.#renewed
      setImmediate(() => {
        if (this.#renewed === before) over()
      })
    }, seconds * 1000)
  }

  renew(): void {
    this.#renewed++
    this.#timer.refresh()
  }

  end(): void {
    this.#renewed++
    clearTimeout(this.#timer)
  }
}
