import { asyncScheduler, type OperatorFunction, type SchedulerLike, type Subscriber } from 'rxjs'
import { DataError, known, refusal, show, tried } from '../core/check.ts'
import { type Duration, inSeconds } from '../core/duration.ts'
import { type Frames, type Layout, type LayoutOptions, lanesOf, layoutOf, numbersIn } from '../core/frames.ts'
import { say } from '../core/notes.ts'
import { eventClock } from '../windows/eventClock.ts'
import { type Relay, relay } from './relay.ts'
import { Soonest } from './soonest.ts'

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

interface Held {
  readonly time: number
  readonly order: number
  readonly values: number | Float32Array
  readonly weight: number
}

/** One stream of events on its way to frames. */
class Events<Event> implements Relay<Event> {
  readonly #rules: Rules<Event>
  readonly #out: Subscriber<Frames>
  readonly #held = new Soonest<Held>()
  /** Events so far, those among them that came too late, and frames given. */
  #order = 0
  #late = 0
  #start = 0
  #latest = -Infinity
  #watermark = -Infinity
  /** When the last event came, by the scheduler's clock. */
  #came = 0
  #waiting = false

  constructor(rules: Rules<Event>, out: Subscriber<Frames>) {
    this.#rules = rules
    this.#out = out
  }

  next(event: Event): void {
    const { lateness, quiet, scheduler } = this.#rules
    const item = this.#read(event)
    if (quiet !== undefined) {
      this.#came = scheduler.now()
      if (!this.#waiting) this.#wait(quiet)
    }
    if (item.time < this.#watermark) {
      this.#leaveOut(event)
      return
    }
    this.#held.push(item)
    this.#latest = Math.max(this.#latest, item.time)
    this.#advance(less(this.#latest, lateness))
  }

  complete(): void {
    this.#give(Infinity, false)
    const { late } = this.#rules
    if (this.#late > 0 && !late) say(`${who}: ${this.#late} of ${this.#order} events came later than lateness allows, and were left out`)
  }

  error(cause: unknown): void {
    this.#give(Infinity, false)
    this.#out.error(cause)
  }

  #read(event: Event): Held {
    const { layout, time, value, weight } = this.#rules
    const order = this.#order++
    try {
      const when = time(event)
      if (!Number.isFinite(when)) throw refused('a time in seconds, a finite number', when, event, order)
      const given = value ? value(event) : 1
      const lanes = lanesOf(layout)
      // What is held must not change when its sender reuses the array.
      const values = typeof given === 'number' ? given : tried(given, (all) => Float32Array.from(numbersIn(all)!))
      if (values === undefined || lanes !== (typeof values === 'number' ? 1 : values.length))
        throw refused(lanes === 1 ? 'a number' : `${lanes} numbers`, given, event, order)
      const counts = weight ? weight(event) : 1
      if (!(counts >= 0 && counts < Infinity)) throw refused('a weight, a finite number ≥ 0', counts, event, order)
      return { time: when, order, values, weight: counts }
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

  #advance(watermark: number): void {
    const further = watermark > this.#watermark
    if (further) this.#watermark = watermark
    this.#give(this.#watermark, further)
  }

  /** Gives the frames up to a time, and says that none before it will come: where that is news, even if there are no frames. */
  #give(until: number, news: boolean): void {
    const { layout } = this.#rules
    const frames: Held[] = []
    for (let item = this.#held.take(until); item; item = this.#held.take(until)) frames.push(item)
    const { length } = frames
    if (length === 0 && !news) return
    const lanes = lanesOf(layout)
    const [data, spans] = [new Float32Array(length * lanes), new Float64Array(2 * length)]
    let weighed = false
    for (let f = 0; f < length; f++) {
      const { time, values, weight } = frames[f]!
      if (typeof values === 'number') data[f] = values
      else data.set(values, f * lanes)
      spans[2 * f] = spans[2 * f + 1] = time
      weighed ||= weight !== 1
    }
    const start = this.#start
    this.#start += length
    this.#out.next({
      layout,
      start,
      length,
      data,
      spans,
      ...(weighed && { weights: Float32Array.from(frames, ({ weight }) => weight) }),
      ...(news && { watermark: until }),
    })
  }

  /** Looks again when it would have been quiet for so long; in between nothing is scheduled, however many events come. */
  #wait(milliseconds: number): void {
    const { scheduler, quiet, lateness } = this.#rules
    this.#waiting = true
    const timer = scheduler.schedule(() => {
      const still = scheduler.now() - this.#came
      if (still >= quiet!) this.#advance(less(this.#latest + still / 1000, lateness))
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

/** A difference of decimals as one has it on paper, so that what lies exactly on an edge does so here. */
function less(time: number, lateness: number): number {
  const exact = time - lateness
  const decimal = Math.round(exact * 1e6) / 1e6
  return Math.abs(decimal - exact) <= 4 * Number.EPSILON * Math.abs(time) ? decimal : exact
}
