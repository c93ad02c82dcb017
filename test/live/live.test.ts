// Live windows by key without Redis: whatever the batches, and wherever their states are written and read again, what comes of the events is the same.
import { crc32 } from 'node:zlib'
import { adaptivePool1d, chain, globalPool, pool1d } from 'poolwise'
import { eventsKey, ownPartitions } from 'poolwise/node'
import { describe, expect, test } from 'vitest'
import { draw } from '../../src/core/draw.ts'
import { layoutOf } from '../../src/core/frames.ts'
import type { Stage } from '../../src/core/stage.ts'
import { type Changes, KeyedWindows, type KeyRules } from '../../src/live/keyedWindows.ts'
import { partitionOf } from '../../src/live/partitionKeys.ts'
import { eventClock } from '../../src/windows/eventClock.ts'

const ten: Stage = pool1d(['mean', 'quantile'], { size: '10s', stride: '5s' })

function rulesOf(stage: Stage, more: Partial<KeyRules> = {}): KeyRules {
  const layout = { ...layoutOf({ bins: 1, live: true, names: { bins: ['x'] } }), clock: eventClock() }
  return {
    plan: stage.plan(layout),
    layout,
    values: ['x'],
    lateness: 1,
    idle: 20,
    ahead: Infinity,
    most: 4096,
    belongs: () => true,
    ...more,
  }
}

const entry = (key: string, time: number, x: number | string) => ['key', key, 'time', String(time), 'x', String(x)]

/** All that comes of events in batches; after each the states are written, and sometimes read again as another owner would. */
function pooled(rules: KeyRules, events: readonly (readonly string[])[], seed?: number): Pick<Changes, 'windows' | 'failures'> {
  let live = new KeyedWindows(rules)
  const states = new Map<string, Buffer>()
  const [windows, failures]: [string[], (readonly [string, string])[]] = [[], []]
  for (let i = 0, batch = 0; i < events.length; batch++) {
    const end = seed === undefined ? events.length : i + 1 + Math.floor(20 * draw(seed, batch, 0))
    for (; i < Math.min(end, events.length) && !live.full; i++) live.take(String(i), events[i]!)
    for (let more = true; more; ) {
      const changes = live.settle()
      more = changes.more
      for (const [key, state] of changes.states) states.set(key, state)
      for (const key of changes.ended) states.delete(key)
      windows.push(...changes.windows)
      failures.push(...changes.failures)
      if (seed === undefined || draw(seed, batch, 1) < 0.5) continue
      live = new KeyedWindows(rules, changes.time)
      for (const [key, state] of states) live.restore(key, state)
      // What was left is told by who goes on.
      more = true
      batch++
    }
  }
  return { windows, failures }
}

const byKey = ({ windows }: Pick<Changes, 'windows'>, key: string) => windows.filter((text) => JSON.parse(text).id === key)

describe('windows by key', () => {
  test('are the same whatever the batches, and wherever another owner goes on', () => {
    const keys = ['a', '__proto__', 'é', 'd', 'e']
    for (let seed = 0; seed < 16; seed++) {
      // Keys are silent for a while, now and then for longer than they last.
      const events = Array.from({ length: 400 }, (_, i) => {
        const key = keys[Math.floor((Math.floor(i / 60) + draw(seed, i, 0) * 2) % keys.length)]!
        return entry(key, i / 2 - 3 * draw(seed, i, 1), Math.round(100 * draw(seed, i, 2)))
      })
      const rules = rulesOf(seed % 2 === 0 ? ten : chain(ten, pool1d('max', { size: '20s' })), { idle: 30 })
      const [whole, cut] = [pooled(rules, events), pooled({ ...rules, most: seed % 3 === 0 ? 1 : 4096 }, events, seed)]
      for (const key of keys) expect(byKey(cut, key)).toEqual(byKey(whole, key))
      expect(cut.failures.map(([event]) => event).sort()).toEqual(whole.failures.map(([event]) => event).sort())
      expect(whole.windows.length).toBeGreaterThan(seed % 2 === 0 ? 50 : 10)
      const spans = whole.windows.map((text) => {
        const { id, start, end } = JSON.parse(text)
        return `${id} ${start} ${end}`
      })
      expect(new Set(spans).size).toBe(spans.length)
    }
  })

  test('end with their key, once it has been idle for long, and what comes back begins anew', () => {
    const live = new KeyedWindows(rulesOf(pool1d('sum', { size: '10s' })))
    live.take('1', entry('a', 1, 3))
    live.take('2', entry('b', 40.9, 1))
    expect(live.settle()).toMatchObject({ windows: [], ended: [], time: 40.9 })
    live.take('3', ['time', '41'])
    const { windows, ended, states } = live.settle()
    expect([windows.map((text) => JSON.parse(text)), ended, states]).toEqual([
      [{ id: 'a', start: 0, end: 10, weight: 1, vector: [3] }],
      ['a'],
      [],
    ])
    live.take('4', entry('a', 20, 3))
    live.take('5', entry('a', 21, 3))
    expect(live.settle()).toMatchObject({
      failures: [['4', 'live: expected an event of 21 s or later, got one of 20']],
      states: [['a', expect.anything()]],
    })
  })

  test('of many keys that end at once, and of many events of one, are told a few at a time', () => {
    const rules = rulesOf(pool1d('sum', { size: '10s', stride: '1s' }), { most: 50 })
    const events = [
      ...Array.from({ length: 100 }, (_, i) => entry(`key ${i}`, 1, i)),
      ...Array.from({ length: 100 }, (_, i) => entry(`key ${i}`, 15, i)),
      ['time', '1000'],
      ...Array.from({ length: 300 }, (_, i) => entry('one', 1000 + 10 * i, i)),
    ]
    const live = new KeyedWindows(rules)
    let windows: string[] = []
    const counts: number[] = []
    const all = () => {
      for (let more = true; more; ) {
        const changes = live.settle()
        more = changes.more
        counts.push(changes.windows.length)
        windows = [...windows, ...changes.windows]
      }
    }
    for (const [i, event] of events.entries()) {
      live.take(String(i), event)
      if (live.full) all()
    }
    all()
    const whole = pooled({ ...rules, most: Infinity }, events).windows
    expect([...windows].sort()).toEqual([...whole].sort())
    expect(byKey({ windows }, 'one')).toEqual(byKey({ windows: whole }, 'one'))
    expect(whole.length).toBeGreaterThan(3000)
    // Sixty-four events of one key end ten windows each.
    expect(Math.max(...counts)).toBeLessThan(50 + 650)
    expect(counts.length).toBeGreaterThan(5)
  })

  test('do not end by an event of a far future, unless that only tells the time', () => {
    const sums = (...events: readonly (readonly string[])[]) => pooled(rulesOf(pool1d('sum', { size: '10s' }), { ahead: 60 }), events)
    const { windows, failures } = sums(entry('a', 1, 3), entry('b', 1e6, 1), entry('a', 2, 4), entry('a', 61, 1))
    expect(windows.map((text) => JSON.parse(text).vector)).toEqual([[7]])
    expect(failures).toEqual([['1', 'live: expected an event of 61 s or earlier, got one of 1000000']])
    expect(sums(entry('a', 1, 3), ['time', '1000'], entry('b', 1001, 1)).failures).toEqual([])
  })

  test('of a whole key come when it ends', () => {
    const events = [entry('a', 1, 3), entry('a', 2, 5), entry('b', 50, 1), entry('b', 90, 1), ['time', '300']]
    const given = pooled(rulesOf(globalPool('mean')), events)
    const means = (key: string) => byKey(given, key).map((text) => JSON.parse(text).vector)
    expect([means('a'), means('b')]).toEqual([[[4]], [[1], [1]]])
  })

  test('go on where an event is none', () => {
    const bad = [
      ['key', 'a', 'x', '1'],
      entry('a', 1, ''),
      entry('a', 1, '0x10'),
      entry('a', 1, 'NaN'),
      ['key', 'a', 'time', '1e999', 'x', '1'],
      ['key', 'a', 'time', '1e15', 'x', '1'],
      [...entry('a', 1, 1), 'weight', '-1'],
    ]
    const { windows, failures } = pooled(rulesOf(pool1d('mean', { size: '10s' })), [...bad, entry('a', 2, 7), entry('a', 40, 1)])
    expect(windows.map((text) => JSON.parse(text).vector)).toEqual([[7]])
    expect(failures.map(([, reason]) => reason)).toEqual([
      'live: expected a number in the field time, got undefined',
      'live: expected a number in the field x, got ""',
      'live: expected a number in the field x, got "0x10"',
      'live: expected a number in the field x, got "NaN"',
      'live: expected a number in the field time, got "1e999"',
      expect.stringContaining('expected a time in seconds within 285 years of 0'),
      'live: expected a weight ≥ 0, got -1',
    ])
  })

  test('of keys that belong elsewhere, and windows that JSON cannot hold, are failures', () => {
    const elsewhere = pooled(rulesOf(ten, { belongs: (key) => key !== 'b' }), [entry('b', 1, 1)])
    expect(elsewhere.failures).toEqual([['0', 'live: expected an event whose key is of this partition, got one of "b"']])
    const huge = pooled(rulesOf(pool1d('sum', { size: '10s' })), [
      entry('a', 1, 3e38),
      entry('a', 2, 3e38),
      entry('a', 15, 1),
      entry('a', 30, 1),
    ])
    expect([huge.failures.length, huge.windows.length]).toEqual([1, 1])
  })

  test('refuse states that were damaged, and those of other stages', () => {
    const live = new KeyedWindows(rulesOf(ten))
    live.take('1', entry('a', 1, 3))
    const [[, state]] = live.settle().states as [[string, Buffer]]
    expect(() => new KeyedWindows(rulesOf(globalPool('mean'))).restore('a', state)).toThrow('saved state must be of')
    const other = Buffer.from(state)
    other[other.length >> 1]! ^= 1
    expect(() => new KeyedWindows(rulesOf(ten)).restore('a', other)).toThrow()
  })
})

test('partitions are by the CRC-32 of zlib', () => {
  for (const key of ['kitchen', 'é', '', '🚀', 'a'.repeat(1000)]) expect(partitionOf(key, 1 << 30)).toBe(crc32(key) % (1 << 30))
  expect(eventsKey('readings', 'kitchen', 8)).toBe(`poolwise:{readings:${crc32('kitchen') % 8}}:events`)
  expect(() => eventsKey('readings', '', 8)).toThrow('eventsKey: key must be a text that is not empty, got ""')
  expect(() => eventsKey('readings', 'a', 0)).toThrow('eventsKey: partitions must be')
})

test.each([
  [{ stream: '' }, 'ownPartitions: stream must be a name, got ""'],
  [{ partition: 8 }, 'ownPartitions:'],
  [{ lateness: 2 }, "ownPartitions: lateness must be a duration such as '1s' or '100ms', got 2"],
  [{ idle: '9s' }, 'ownPartitions: idle must be at least as long as a window, 10 s, got 9'],
  [{ signal: true }, 'ownPartitions: signal must be an AbortSignal, got true'],
])('options that are none: %j', async (options, message) => {
  await expect(ownPartitions([ten], { stream: 'readings', ...options } as never)).rejects.toThrow(message)
})

test('stages that need the end are refused', async () => {
  await expect(ownPartitions([adaptivePool1d('mean', { count: 3, exact: true })], { stream: 'readings' })).rejects.toThrow(
    'exact windows need a sequence of known length',
  )
})
