import { deserialize, serialize } from 'node:v8'
import { Subject } from 'rxjs'
import { DataError, show } from '../core/check.ts'
import type { Frames, Layout } from '../core/frames.ts'
import { type Saved, seal, unsealed } from '../core/saved.ts'
import type { Machine, Plan } from '../core/stage.ts'
import { vectorText } from '../sinks/toJsonl.ts'
import type { Pooled } from '../streams/eachSequence.ts'
import { EventOrder, noEvents, type OrderState } from '../streams/eventOrder.ts'
import { toVectors } from '../streams/toVectors.ts'
import { latest } from '../windows/timeWindow.ts'

/** What is done with the events of every key. */
export interface KeyRules {
  readonly plan: Plan
  readonly layout: Layout
  /** The fields that are an event's numbers; without any it is 1. */
  readonly values: readonly string[] | undefined
  /** In seconds; Infinity where a key never ends. */
  readonly lateness: number
  readonly idle: number
  readonly ahead: number
  /** Windows after which what there is is to be written before there are more. */
  readonly most: number
  /** Whether a key's events belong here. */
  readonly belongs: (key: string) => boolean
}

/** What has changed since the last time, to be written in one step. */
export interface Changes {
  readonly time: number
  readonly states: readonly (readonly [key: string, state: Buffer])[]
  readonly ended: readonly string[]
  readonly windows: readonly string[]
  readonly failures: readonly (readonly [event: string, reason: string])[]
  /** Whether there is more, once this is written. */
  readonly more: boolean
}

/** Events that a key's windows take at once, so that few more windows end than are wanted. */
const few = 64

interface Key {
  readonly events: OrderState
  readonly order: EventOrder
  readonly machine: Machine
}

const who = 'live'

/**
 * The windows of all keys of a partition. What comes of events depends on their order alone, never on how they are cut into batches.
 *
 * The partition's time is the latest that it has seen. A key ends once that is two `idle` past its last event, and what is more than one `idle` behind is late; so when a key
 * comes back, at least `idle` lies between what it was and what it is, and no window is over both.
 *
 * However many windows end at once, about `most` are told at a time: keys whose events wait for that are written with them.
 */
export class KeyedWindows {
  readonly #rules: KeyRules
  readonly #keys = new Map<string, Key>()
  readonly #pooled = new Subject<Pooled>()
  #time: number
  /** No key ends before this time. */
  #nextEnd = -Infinity
  /** Keys that something came for, each with its last event. */
  #touched = new Map<string, string>()
  #ended = new Set<string>()
  /** Keys whose windows have not taken all of their events. */
  readonly #waiting = new Set<string>()
  #windows: string[] = []
  #failures: [event: string, reason: string][] = []

  constructor(rules: KeyRules, time = -Infinity) {
    this.#rules = rules
    this.#time = time
    this.#pooled.pipe(toVectors()).subscribe((vector) => {
      try {
        this.#windows.push(vectorText(who, vector))
      } catch (cause) {
        this.#fail(this.#touched.get(vector.id) ?? '', cause)
      }
    })
  }

  /**
   * A key as it was when its state was written.
   * @throws TypeError for a state of other stages or another version, or a damaged one
   */
  restore(key: string, bytes: Buffer): void {
    const { state, ...saved } = unsealed(who, deserialize(bytes) as Saved)
    const { events, windows } = state as { events: OrderState; windows: unknown }
    const own = this.#begun(events, { ...saved, state: windows })
    this.#keys.set(key, own)
    if (own.order.waits) this.#touch(key, '')
  }

  /** Whether what there is is to be told before more events are taken. */
  get full(): boolean {
    return this.#windows.length >= this.#rules.most
  }

  /** Takes an event, given as the fields and values of a stream's entry. */
  take(event: string, fields: readonly string[]): void {
    try {
      const { key, time, values, weight } = this.#read(
        new Map(Array.from({ length: fields.length / 2 }, (_, i) => [fields[2 * i]!, fields[2 * i + 1]!])),
      )
      const { ahead } = this.#rules
      if (key !== undefined && this.#time > -Infinity && time > this.#time + ahead)
        throw new DataError(`${who}: expected an event of ${this.#time + ahead} s or earlier, got one of ${time}`)
      this.#time = Math.max(this.#time, time)
      if (key !== undefined) this.#add(event, key, time, values, weight)
    } catch (cause) {
      this.#fail(event, cause)
    }
  }

  /** Pools what was taken, and tells what is to be written; where there is more, all of that is to be told before other events are taken. */
  settle(): Changes {
    for (const key of this.#waiting) {
      if (this.full) break
      do this.#run(key, ({ order, machine }) => give(order.give(few), machine))
      while (this.#keys.get(key)?.order.waits && !this.full)
      if (!this.#keys.get(key)?.order.waits) this.#waiting.delete(key)
    }
    if (this.#waiting.size === 0 && this.#time >= this.#nextEnd) this.#endIdle()
    const states: [string, Buffer][] = []
    for (const key of this.#touched.keys()) {
      const own = this.#keys.get(key)
      if (own) states.push([key, stateOf(own)])
    }
    const ended = [...this.#ended].filter((key) => !this.#keys.has(key))
    const more = this.#waiting.size > 0 || this.#time >= this.#nextEnd
    const changes = { time: this.#time, states, ended, windows: this.#windows, failures: this.#failures, more }
    this.#touched = new Map([...this.#touched].filter(([key]) => this.#waiting.has(key)))
    this.#ended = new Set()
    this.#windows = []
    this.#failures = []
    return changes
  }

  #add(event: string, key: string, time: number, values: number | Float32Array, weight: number): void {
    const { idle, belongs } = this.#rules
    if (time < this.#time - idle) throw new DataError(`${who}: expected an event of ${this.#time - idle} s or later, got one of ${time}`)
    const known = this.#keys.get(key)
    if (known && this.#isIdle(known)) this.#end(key)
    let own = this.#keys.get(key)
    if (!own) {
      if (!belongs(key)) throw new DataError(`${who}: expected an event whose key is of this partition, got one of ${show(key)}`)
      own = this.#begun()
      this.#keys.set(key, own)
      this.#nextEnd = Math.min(this.#nextEnd, time + 2 * idle)
    }
    this.#touch(key, event)
    if (!own.order.take(time, values, weight))
      throw new DataError(`${who}: expected an event of ${own.events.watermark} s or later, got one of ${time}`)
  }

  #touch(key: string, event: string): void {
    this.#touched.set(key, event)
    this.#waiting.add(key)
  }

  #isIdle({ order }: Key): boolean {
    return this.#time - this.#rules.idle >= order.latest + this.#rules.idle
  }

  #endIdle(): void {
    this.#nextEnd = Infinity
    for (const [key, own] of this.#keys) {
      if (this.#isIdle(own)) {
        if (this.full) {
          this.#nextEnd = -Infinity
          return
        }
        this.#end(key)
      } else this.#nextEnd = Math.min(this.#nextEnd, own.order.latest + 2 * this.#rules.idle)
    }
  }

  #end(key: string): void {
    const { idle, lateness } = this.#rules
    this.#run(key, ({ order, machine }) => {
      order.reach(order.latest + idle + lateness)
      return [...give(order.give(), machine), ...given(machine.close())]
    })
    this.#forget(key)
  }

  /** What a key's machine gives; one that fails is given up, and the key begins anew. */
  #run(key: string, run: (own: Key) => readonly Frames[]): void {
    const own = this.#keys.get(key)
    if (!own) return
    try {
      for (const frames of run(own)) this.#pooled.next({ id: key, frames })
    } catch (cause) {
      this.#fail(this.#touched.get(key) ?? '', cause)
      this.#forget(key)
    }
  }

  #forget(key: string): void {
    this.#keys.delete(key)
    this.#waiting.delete(key)
    this.#ended.add(key)
  }

  #begun(events: OrderState = noEvents(), windows?: Saved): Key {
    const { plan, layout, lateness } = this.#rules
    return { events, order: new EventOrder(layout, lateness, events), machine: plan.open(windows) }
  }

  #fail(event: string, cause: unknown): void {
    this.#failures.push([event, cause instanceof Error ? cause.message : String(cause)])
  }

  #read(fields: ReadonlyMap<string, string>): { key: string | undefined; time: number; values: number | Float32Array; weight: number } {
    const { values } = this.#rules
    const key = fields.get('key')
    const time = decimalIn(fields, 'time')
    if (Math.abs(time) > latest) throw new DataError(`${who}: expected a time in seconds within 285 years of 0, got ${time}`)
    const weight = fields.has('weight') ? decimalIn(fields, 'weight') : 1
    if (weight < 0) throw new DataError(`${who}: expected a weight ≥ 0, got ${weight}`)
    // An event without a key only tells the time.
    const numbers = key !== undefined && values ? Float32Array.from(values, (name) => decimalIn(fields, name)) : 1
    return { key, time, values: numbers, weight }
  }
}

function give(frames: Frames | undefined, machine: Machine): readonly Frames[] {
  return given(frames && machine.push(frames))
}

function given(frames: Frames | undefined): readonly Frames[] {
  return frames ? [frames] : []
}

function stateOf({ events, machine }: Key): Buffer {
  const { state: windows, ...saved } = machine.save()
  return serialize(seal({ ...saved, state: { events, windows } }))
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

function decimalIn(fields: ReadonlyMap<string, string>, name: string): number {
  const text = fields.get(name)
  const value = text !== undefined && decimal.test(text) ? Number(text) : Number.NaN
  if (Number.isFinite(value)) return value
  throw new DataError(`${who}: expected a number in the field ${name}, got ${show(text)}`)
}
