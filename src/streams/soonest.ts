/** What waits: when it is, and as which it came. */
export interface Waiting {
  readonly time: number
  readonly order: number
}

/** What waits, in order of time; what is of one time in the order in which it came. A binary heap. */
export class Soonest<Item extends Waiting> {
  readonly #items: Item[]

  /** @param items the heap that another has left, which goes on */
  constructor(items: Item[] = []) {
    this.#items = items
  }

  get length(): number {
    return this.#items.length
  }

  push(item: Item): void {
    const items = this.#items
    let at = items.length
    for (let above = (at - 1) >> 1; at > 0 && before(item, items[above]!); above = (at - 1) >> 1) {
      items[at] = items[above]!
      at = above
    }
    items[at] = item
  }

  /** The first of all, if its time is not after this one. */
  take(until: number): Item | undefined {
    const items = this.#items
    const [first] = items
    if (!first || first.time > until) return undefined
    const last = items.pop()!
    let at = 0
    for (let below = 1; below < items.length; below = 2 * at + 1) {
      if (below + 1 < items.length && before(items[below + 1]!, items[below]!)) below++
      if (before(last, items[below]!)) break
      items[at] = items[below]!
      at = below
    }
    if (items.length > 0) items[at] = last
    return first
  }
}

function before(a: Waiting, b: Waiting): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order)
}
