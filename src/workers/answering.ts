import { defer, Observable, type Observer, switchMap, tap } from 'rxjs'
import type { Frames, Values } from '../core/frames.ts'
import type { Stage } from '../core/stage.ts'
import type { Failure } from '../streams/eachSequence.ts'
import { operator } from '../streams/operator.ts'
import { toVectors, type Vector } from '../streams/toVectors.ts'
import { reading } from './reading.ts'
import { type Told, toldOf } from './told.ts'
import { type Answer, type Port, post } from './wire.ts'

/** What a worker is to do, and the port by which it is asked. */
export interface Task {
  readonly port: Port
  readonly definition: { readonly source?: unknown; readonly stages: readonly unknown[] }
  /** Where paths of the definition start, and the inputs of its source; for Node. */
  readonly base: string | undefined
  readonly inputs: readonly string[] | undefined
  /** How many messages of a source's vectors were taken, counted by who takes them. */
  readonly taken: Int32Array<SharedArrayBuffer> | undefined
}

/** Vectors without their names, which travel once, or failures. */
export interface Items {
  readonly names: readonly string[] | undefined
  readonly items: readonly (Omit<Vector, 'names'> | { readonly id: string; readonly error: Told })[]
}

/** Gathers vectors, and sends them together. */
export class Outbox {
  readonly #port: Port
  #items: (Vector | Failure)[] = []
  #names: readonly string[] | undefined

  constructor(port: Port) {
    this.#port = port
  }

  get length(): number {
    return this.#items.length
  }

  add(item: Vector | Failure): void {
    // What is sent together shares its names.
    const before = this.#items.findLast(isVector)
    if (before && isVector(item) && before.names !== item.names) this.send()
    this.#items.push(item)
  }

  send(): void {
    const all = this.#items
    if (all.length === 0) return
    this.#items = []
    const known = all.find(isVector)?.names ?? this.#names
    const names = known === this.#names ? undefined : known
    this.#names = known
    const items = all.map((item) => {
      if (!isVector(item)) return { id: item.id, error: toldOf(item.error) }
      const { names: _, ...vector } = item
      return vector
    })
    const buffers = all.flatMap((item) => (isVector(item) ? [item.vector.buffer] : []))
    post(this.#port, { kind: 'items', items: { names, items } } satisfies Answer<Items>, buffers)
  }
}

function isVector(item: Vector | Failure): item is Vector {
  return 'vector' in item
}

/** Pools the frames that come over the port, by stages that may have to be loaded. */
export function serveFrames(port: Port, load: () => Promise<readonly Stage[]>): void {
  const box = new Outbox(port)
  // The source's error goes no way back: who sent it still has it.
  let theirs: unknown
  const frames$ = new Observable<Frames>((out) => reading('inWorker', port, out, () => box.send())).pipe(
    tap({
      error(cause: unknown) {
        theirs = cause
      },
    }),
  )
  defer(load)
    .pipe(
      switchMap((stages) => {
        const pooled = stages.map(operator).reduce<Observable<Frames<Values>>>((before, next) => before.pipe(next), frames$)
        return (pooled as Observable<Frames>).pipe(toVectors())
      }),
    )
    .subscribe(
      answering(port, box, {
        next() {},
        error: (cause) => (cause === theirs ? { kind: 'end' } : { kind: 'error', error: toldOf(cause) }),
      }),
    )
}

/** Vectors that may wait for others, to be sent together. */
const together = 64
/** Messages that may be on the way to who takes vectors. */
const inFlight = 16

/** Sends what a source gives, no faster than it is taken: a thread of its own may wait, whatever its sources know of waiting. */
export function serveSource(port: Port, taken: Int32Array<SharedArrayBuffer>, items$: Observable<Vector | Failure>): void {
  const box = new Outbox(port)
  let [sent, due] = [0, false]
  const flush = () => {
    due = false
    if (box.length === 0) return
    box.send()
    sent++
    for (let now = Atomics.load(taken, 0); sent - now >= inFlight; now = Atomics.load(taken, 0)) Atomics.wait(taken, 0, now)
  }
  items$.subscribe(
    answering(port, box, {
      next() {
        if (box.length >= together) flush()
        else if (!due) queueMicrotask(flush)
        due = true
      },
      error: (cause) => ({ kind: 'error', error: toldOf(cause) }),
    }),
  )
}

function answering(
  port: Port,
  box: Outbox,
  { next, error }: { next(): void; error(cause: unknown): Answer<Items> },
): Partial<Observer<Vector | Failure>> {
  const end = (answer: Answer<Items>) => {
    box.send()
    post(port, answer)
  }
  return {
    next(item) {
      box.add(item)
      next()
    },
    error: (cause) => end(error(cause)),
    complete: () => end({ kind: 'end' }),
  }
}
