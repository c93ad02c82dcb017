// What plans windows of time stands on the clock: who makes events brings it, what copies a clock as data leaves it behind.
import { apply, eventClock, type Frames, firePool, frames, layoutOf, open, pool1d, pool2d, segmentPool, trim } from 'poolwise'
import { expect, test } from 'vitest'
import { stageFrom } from '../../src/stages/stageFrom.ts'

const times = [0, 0.5, 3, 3.25, 7, 7.5, 12, 12.125, 19, 26]
const spans = Float64Array.from(times.flatMap((time) => [time, time + 0.1]))
function events(clock = eventClock()): Frames {
  const layout = { ...layoutOf({ bins: 2 }), clock }
  return { layout, start: 0, length: times.length, data: Float32Array.from({ length: 2 * times.length }, (_, i) => i % 7), spans }
}
const windows = pool1d(['mean', 'max'], { size: '10s', stride: '5s' })

test('a layout that went through JSON or another thread is data; eventClock makes its clock know windows of time again', () => {
  const expected = apply(events(), windows)
  expect(expected.length).toBe(5)
  const { layout } = events()
  for (const { clock } of [structuredClone(layout), JSON.parse(JSON.stringify(layout)) as typeof layout]) {
    expect(Reflect.ownKeys(clock)).toEqual(['unit', 'start'])
    expect(() => apply(events(clock), windows)).toThrow(/pool1d: size must be a number of frames where the input has no regular hop/)
    expect(apply(events(eventClock(clock.start)), windows)).toEqual(expected)
    // What is counted in frames needs no such clock.
    expect(apply(events(clock), pool1d('max', { size: 2 })).data).toEqual(apply(events(), pool1d('max', { size: 2 })).data)
  }
  expect({ ...eventClock(2) }).toEqual(eventClock(2))
  expect(() => eventClock(Number.NaN)).toThrow(/eventClock: start must be a finite number, got NaN/)
})

test('a state that was saved goes on in another process, and a spec names no clock', () => {
  const input = events()
  const cut = (from: number, to: number): Frames => ({
    ...input,
    start: from,
    length: to - from,
    data: input.data.slice(2 * from, 2 * to),
    spans: spans.slice(2 * from, 2 * to),
  })
  const machine = open(windows, input.layout)
  const before = machine.push(cut(0, 5))
  const saved = structuredClone(machine.save())
  const expected = [machine.push(cut(5, 10)), machine.close()]
  // Of the other process: a stage of its spec, a layout that it made itself.
  const stage = stageFrom(JSON.parse(JSON.stringify(windows.spec)) as never)
  const again = open(stage, { ...(JSON.parse(JSON.stringify(input.layout)) as typeof input.layout), clock: eventClock() }, saved)
  expect([again.push(cut(5, 10)), again.close()]).toEqual(expected)
  expect(before!.length).toBeGreaterThan(0)
})

test('what is made of events, and what pools a stream at times of its own, has such a clock, too', () => {
  const spoken = frames(Float32Array.from({ length: 600 }, (_, i) => i % 11), { hop: 0.1, boundaries: Array.from({ length: 600 }, (_, i) => Number(i % 37 === 0)) }) // biome-ignore format: one call
  for (const stage of [segmentPool('mean'), firePool('mean', { threshold: 20 })]) {
    const minutes = apply(spoken, stage, pool1d('mean', { size: '20s' }))
    expect([...minutes.spans!]).toEqual([0, 20, 20, 40])
    expect(minutes.weights!.reduce((sum, weight) => sum + weight, 0)).toBeGreaterThan(300)
  }
  const over = pool1d('sum', { size: '13s' })
  for (const stage of [pool1d('mean', { size: 2 }), pool1d('mean', { size: '3s' }), pool2d('mean', { size: [1, 2] }), trim({ share: 0 })])
    expect(apply(events(), stage, over).spans!.slice(0, 2)).toEqual(Float64Array.of(0, 13))
  // Tokens have no seconds.
  expect(() => apply(frames([1, 2]), segmentPool('mean'), over)).toThrow(/size must be a number of frames where the input has tokens/)
})
