import { asyncScheduler, type OperatorFunction, type SchedulerLike, type Subscriber } from 'rxjs'
import { DataError, known, refusal, show, tried } from '../core/check.ts'
import { type Duration, inSeconds } from '../core/duration.ts'
import { type Frames, type Layout, type LayoutOptions, lanesOf, layoutOf, numbersIn } from '../core/frames.ts'
import { say } from '../core/notes.ts'
import { eventClock } from '../windows/eventClock.ts'
import { EventOrder } from './eventOrder.ts'
import { type Relay, relay } from './relay.ts'

/** How events become frames. */
export interface EventOptions<Event> extends Omit<LayoutOptions, 'hop' | 'unit' | 'span' | 'length'> {
  /** When an event was, in seconds. */
  time: (event: Event) => number
  /** Its number or numbers, as many as a frame has. Default 1. */
  value?: (event: Event) => number | ArrayLike<number>
  /** What it counts, finite and ≥ 0; 0 for not at all. Default 1. */
  weight?: (event: Event) => number
  /** How far events may fall back behind the latest one. Default: not at all. */
  lateness?: Duration
  /** Told of each event that came too late and is left out, and of how many there were so far. */
  late?: (event: Event, count: number) => void
  /** After so long without an event the watermark goes on with the clock. Default: never. */
  quiet?: Duration
  /** Whose clock that is. Default: RxJS's asyncScheduler. */
  scheduler?: SchedulerLike
}

const who = 'toFrames'
const layoutNames = ['planes', 'bins', 'channels', 'names', 'live']
const functions = ['time', 'value', 'weight', 'late'] as const

/** Events as frames of an irregular clock: see `toFrames`. */
export function eventFrames<Event>(given: EventOptions<Event>): OperatorFunction<Event, Frames> {
  const options = known(who, given, [...layoutNames, ...functions, 'lateness', 'quiet', 'scheduler'])
  const { time, value, weight, lateness, late, quiet, scheduler = asyncScheduler, ...shape } = options
  for (const name of functions) {
    const made = options[name]
    if (typeof made !== 'function' && (made !== undefined || name === 'time')) throw refusal(who, `${name} must be a function`, made)
  }
  if (!tried(scheduler, ({ now, schedule }) => typeof now === 'function' && typeof schedule === 'function'))
    throw refusal(who, 'scheduler must be one of RxJS', scheduler)
  const rules: Rules<Event> = {
    layout: { ...layoutOf(shape, who), clock: eventClock() },
    time,
    value,
    weight,
    late,
    lateness: lateness === undefined ? 0 : inSeconds(who, 'lateness', lateness),
    quiet: quiet === undefined ? undefined : 1000 * inSeconds(who, 'quiet', quiet),
    scheduler,
  }
  return relay<Event, Frames>((out) => new Events(rules, out))
}

interface Rules<Event> {
  readonly layout: Layout
  readonly time: (event: Event) => number
  readonly value: ((event: Event) => number | ArrayLike<number>) | undefined
  readonly weight: ((event: Event) => number) | undefined
  readonly late: ((event: Event, count: number) => void) | undefined
  /** In seconds. */
  readonly lateness: number
  /** In milliseconds. */
  readonly quiet: number | undefined
  readonly scheduler: SchedulerLike
}

/** One stream of events on its way to frames. */
class Events<Event> implements Relay<Event> {
  readonly #rules: Rules<Event>
  readonly #out: Subscriber<Frames>
  readonly #order: EventOrder
  /** Events so far, and those among them that came too late. */
  #count = 0
  #late = 0
  /** When the last event came, by the scheduler's clock. */
  #came = 0
  #waiting = false

  constructor(rules: Rules<Event>, out: Subscriber<Frames>) {
    this.#rules = rules
    this.#out = out
    this.#order = new EventOrder(rules.layout, rules.lateness)
  }

  next(event: Event): void {
    const { quiet, scheduler } = this.#rules
    const { time, values, weight } = this.#read(event)
    if (quiet !== undefined) {
      this.#came = scheduler.now()
      if (!this.#waiting) this.#wait(quiet)
    }
    if (this.#order.take(time, values, weight)) this.#give(this.#order.give())
    else this.#leaveOut(event)
  }

  complete(): void {
    this.#give(this.#order.end())
    const { late } = this.#rules
    if (this.#late > 0 && !late) say(`${who}: ${this.#late} of ${this.#count} events came later than lateness allows, and were left out`)
  }

  error(cause: unknown): void {
    this.#give(this.#order.end())
    this.#out.error(cause)
  }

  #read(event: Event): { time: number; values: number | Float32Array; weight: number } {
    const { layout, time, value, weight } = this.#rules
    const order = this.#count++
    try {
      const when = time(event)
      if (!Number.isFinite(when)) throw refused('a time in seconds, a finite number', when, event, order)
      const given = value ? value(event) : 1
      const lanes = lanesOf(layout)
      // What is held must not change when its sender reuses the array.
      const values = typeof given === 'number' ? given : tried(given, (all) => Float32Array.from(numbersIn(all)!))
      if (values === undefined || lanes !== (typeof values === 'number' ? 1 : values.length))
        throw refused(
          lanes > 1 ? `${lanes} numbers` : Array.isArray(given) ? `a number, or bins: ${given.length}` : 'a number',
          given,
          event,
          order,
        )
      const counts = weight ? weight(event) : 1
      if (!(counts >= 0 && counts < Infinity)) throw refused('a weight, a finite number ≥ 0', counts, event, order)
      return { time: when, values, weight: counts }
    } catch (cause) {
      throw cause instanceof DataError ? cause : refused('an event that time, value and weight take', cause, event, order)
    }
  }

  #leaveOut(event: Event): void {
    const { late } = this.#rules
    this.#late++
    if (late) late(event, this.#late)
    else if (this.#late === 1) say(`${who}: events that come later than lateness allows are left out; give late to be told of each`)
  }

  #give(frames: Frames | undefined): void {
    if (frames) this.#out.next(frames)
  }

  /** Looks again when it would have been quiet for so long; in between nothing is scheduled, however many events come. */
  #wait(milliseconds: number): void {
    const { scheduler, quiet } = this.#rules
    this.#waiting = true
    const timer = scheduler.schedule(() => {
      const still = scheduler.now() - this.#came
      if (still >= quiet!) {
        this.#order.reach(this.#order.latest + still / 1000)
        this.#give(this.#order.give())
      }
      this.#out.remove(timer)
      this.#wait(still >= quiet! ? quiet! : quiet! - still)
    }, milliseconds)
    this.#out.add(timer)
  }
}

function refused(expected: string, got: unknown, event: unknown, order: number): DataError {
  const cause = got instanceof Error ? { cause: got } : {}
  const what = got instanceof Error ? got.message : show(got)
  return new DataError(`${who}: expected ${expected}, got ${what} of event ${order}, ${show(event)}`, { frame: order, ...cause })
}
