import { type Latencies, latency, type Vector, wallTime } from 'poolwise'
import { from, lastValueFrom, map, of, tap, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { frames } from '../../src/core/frames.ts'

describe('latency', () => {
  const ends = Array.from({ length: 1000 }, (_, i) => i / 100)
  /** Vectors that end at 0, 0.01 … and come later by what `late` says, under a clock that a test sets. */
  async function measured(late: (i: number) => number) {
    let now = 0
    const told: Latencies[] = []
    const items = ends.map((end) => ({ end }) as Vector)
    const passed = await lastValueFrom(
      from(items).pipe(
        tap(({ end }) => (now = end + late(Math.round(end * 100)))),
        latency((each) => told.push(each), { now: () => now }),
        toArray(),
      ),
    )
    expect(passed).toEqual(items)
    return told
  }

  it('is what lies between the end of what was heard and now', async () => {
    // 1 … 1000 ms, in another order: 7 has no divisor in common with 1000.
    const told = await measured((i) => (((i * 7) % 1000) + 1) / 1000)
    expect(told.map(({ count }) => count)).toEqual(ends.map((_, i) => i + 1))
    const { last, p50, p90, p99, max } = told.at(-1)!
    expect(last).toBeCloseTo(0.994, 9)
    expect(max).toBeCloseTo(1, 9)
    for (const [got, exact] of [[p50, 0.5], [p90, 0.9], [p99, 0.99]] as const) expect(Math.abs(got / exact - 1)).toBeLessThanOrEqual(0.01) // biome-ignore format: a table
  })

  it('is of the last frame of a block', async () => {
    const told: Latencies[] = []
    await lastValueFrom(of(frames([1, 2, 3], { hop: 0.5 })).pipe(latency((each) => told.push(each), { now: () => 2 })))
    expect(told).toMatchObject([{ count: 1, last: 0.5, max: 0.5 }])
  })

  it('measures nothing where there is no end', async () => {
    const items = [{ ...frames([]) }, { id: 'a', error: new Error('no') }, null, 3]
    const told: Latencies[] = []
    expect(
      await lastValueFrom(
        from(items).pipe(
          latency((each) => told.push(each)),
          toArray(),
        ),
      ),
    ).toEqual(items)
    expect(told).toEqual([])
  })

  it('goes by the time of day', async () => {
    const told: Latencies[] = []
    const before = wallTime()
    await lastValueFrom(of({ end: before }).pipe(latency((each) => told.push(each))))
    expect(told[0]!.last).toBeGreaterThanOrEqual(0)
    expect(told[0]!.last).toBeLessThanOrEqual(wallTime() - before)
  })

  it('begins anew with each subscription', async () => {
    const counts: number[] = []
    const source = from([0, 1]).pipe(
      map((end) => ({ end })),
      latency(({ count }) => counts.push(count)),
    )
    await Promise.all([lastValueFrom(source), lastValueFrom(source)])
    expect(counts).toEqual([1, 2, 1, 2])
  })

  it('refuses what it cannot tell', () => {
    expect(() => latency(undefined as never)).toThrow('latency: expected a function that is told, got undefined')
    expect(() => latency(() => {}, { now: 3 as never })).toThrow('latency: now must be a function, got 3')
  })
})
