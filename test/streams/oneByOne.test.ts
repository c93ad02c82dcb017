// Streams one after the other, however many wait and however they end.
import { concatMap, defer, EMPTY, from, lastValueFrom, map, of, range, take, throwError, timer, toArray } from 'rxjs'
import { expect, test } from 'vitest'
import { oneByOne } from '../../src/streams/oneByOne.ts'

const late = (i: number) => timer(1).pipe(map(() => i))

test('thousands that wait, and end at once, come in their order', async () => {
  const streams = (i: number) => (i % 3000 === 0 ? late(i) : i % 2 === 0 ? EMPTY : of(i, -i))
  const found = await lastValueFrom(range(0, 10_000).pipe(oneByOne(streams), toArray()))
  expect(found).toEqual(Array.from({ length: 10_000 }, (_, i) => (i % 3000 === 0 ? [i] : i % 2 === 0 ? [] : [i, -i])).flat())
})

test('few of them as concatMap has them: at once, errors included, and no further than is listened to', async () => {
  const ends = [() => of(1, 2), () => late(3), () => throwError(() => new Error('four')), () => of(5)]
  for (const list of [ends, ends.slice(0, 2), ends.slice(2), []]) {
    const told = async (operator: typeof oneByOne) => {
      const found: unknown[] = []
      const all = from(list).pipe(operator((end) => end()))
      await new Promise<void>((done) => {
        all.subscribe({
          next: (value) => found.push(value),
          error: ({ message }) => done(void found.push(message)),
          complete: () => done(void found.push('end')),
        })
        found.push('subscribed')
      })
      return found
    }
    expect(await told(oneByOne)).toEqual(await told(concatMap as typeof oneByOne))
  }
  let begun = 0
  const counted = () => defer(() => of(++begun, begun))
  expect(await lastValueFrom(range(0, 1e6).pipe(oneByOne(counted), take(3), toArray()))).toEqual([1, 1, 2])
  expect(begun).toBe(2)
})
