import { concat, concatMap, defer, filter, type Observable, type OperatorFunction, of } from 'rxjs'
import { DataError } from '../core/check.ts'
import { type Frames, join, type Layout, lanesOf, type Values } from '../core/frames.ts'
import { chain, nothing, planned, planOf, type Stage } from '../core/stage.ts'
import { eachSequence, type Failure, framesOf, type Sequence } from '../streams/eachSequence.ts'

/** The vectors of a sequence, as several stages give them of the same frames. */
export interface Labelled {
  readonly label: string
  readonly count: number
  /** Values in a vector. */
  readonly lanes: number
  /** Bins × channels; lane i is of bin i mod `bins`. */
  readonly bins: number
  /** One for each stage, vector after vector. */
  readonly parts: readonly Float32Array[]
}

/**
 * Gathers labelled vectors, as each of several stages gives them after those before, and learns from all at the end. Failures come out as they happen, and what is learned last.
 * A sequence that fails, or has no label, is left out whole; so are vectors of which no frame was seen.
 */
export function labelled<Learned>(
  before: readonly Stage[],
  stages: readonly Stage[],
  learn: (all: readonly Labelled[]) => Learned | Promise<Learned>,
): OperatorFunction<Sequence, Learned | Failure> {
  // What are no stages is refused before any data flow.
  chain(...before, ...stages)
  return (sequences) =>
    defer(() => {
      const all: Labelled[] = []
      const failures = sequences.pipe(
        concatMap((sequence): Observable<Failure> => {
          framesOf(sequence)
          const { id, label } = sequence
          if (label === undefined)
            return of({ id, error: new DataError('fit: expected a sequence with a label, got one without', { sequence: id }) })
          const take = (parts: readonly Frames[]) => {
            const one = vectorsOf(label, parts)
            const { lanes, bins } = all[0] ?? one
            if (one.lanes !== lanes || one.bins !== bins)
              throw new DataError(
                `fit: expected vectors of ${lanes} values in ${bins} bins, as those before, got ${one.lanes} in ${one.bins}`,
              )
            all.push(one)
          }
          return of(sequence).pipe(
            eachSequence(...before, beside(stages, take)),
            filter((item): item is Failure => 'error' in item),
          )
        }),
      )
      return concat(
        failures,
        defer(async () => {
          check(all)
          return learn(all)
        }),
      )
    })
}

/** Refuses what tells nothing about labels. */
function check(all: readonly Labelled[]): void {
  const counts = new Map<string, number>()
  for (const { label, count } of all) if (count > 0) counts.set(label, (counts.get(label) ?? 0) + count)
  if (counts.size < 2) throw new DataError(`fit: expected vectors of at least two labels, got of ${counts.size}`)
  if (Math.max(...counts.values()) < 2) throw new DataError('fit: expected a label that several vectors have, got one vector each')
}

/** A stage that gives nothing: the same frames go through several, and what they gave is taken at the end. */
function beside(stages: readonly Stage[], take: (given: readonly Frames[]) => void): Stage {
  const spec = { stage: 'beside' }
  return {
    spec,
    plan(input: Layout) {
      const plans = stages.map((stage) => planned(stage, input))
      return planOf({
        spec,
        input,
        layout: input,
        reach: { size: Infinity, stride: Infinity, latency: Infinity },
        wide: true,
        start: () => ({}),
        run() {
          const machines = plans.map((plan) => ({ layout: plan.layout, machine: plan.open(), given: [] as (Frames | undefined)[] }))
          return {
            push(frames: Frames<Values>) {
              for (const { machine, given } of machines) given.push(machine.push(frames))
              return undefined
            },
            close() {
              take(machines.map(({ layout, machine, given }) => join([...given, machine.close()]) ?? nothing(layout)))
              return undefined
            },
          }
        },
      })
    },
  }
}

function vectorsOf(label: string, given: readonly Frames[]): Labelled {
  const [{ layout, length, start, weights }] = given as readonly [Frames]
  const lanes = lanesOf(layout)
  const seen = Array.from({ length }, (_, f) => f).filter((f) => weights?.[f] !== 0)
  const parts = given.map(({ data }) => {
    const rows = new Float32Array(seen.length * lanes)
    for (const [i, f] of seen.entries()) rows.set(data.subarray(f * lanes, (f + 1) * lanes), i * lanes)
    const bad = rows.findIndex((x) => !Number.isFinite(x))
    if (bad >= 0) {
      const frame = start + seen[Math.floor(bad / lanes)]!
      throw new DataError(`fit: expected finite numbers, got ${rows[bad]} in frame ${frame}`, { frame })
    }
    return rows
  })
  return { label, count: seen.length, lanes, bins: layout.bins * layout.channels, parts }
}
