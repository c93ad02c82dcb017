// Live windows by key over a real Redis: each comes out exactly once, whoever dies, freezes, comes or goes.
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { draw } from '../../src/core/draw.ts'
import { partitionKeys } from '../../src/live/partitionKeys.ts'
import { builtOf } from '../built.ts'
import { outside } from '../cli/outside.ts'
import { root } from '../house/source.ts'
import { type Redis, redisMissing, startRedis } from '../redis.ts'
import { connected, drained, eventAt, OwnerProcess, Producer, partitions, received, stateBytes, wrongKeys } from './liveStream.ts'

const missing = redisMissing()
if (missing !== undefined) console.log(`live streams are not tested: ${missing}`)

let redis: Redis
let owners: OwnerProcess[] = []
beforeEach(async () => {
  if (missing === undefined) redis = await startRedis()
})
async function ended(): Promise<void> {
  await Promise.all(owners.map((owner) => owner.end('SIGKILL')))
  owners = []
  await redis?.close()
}
afterEach(ended)

const few = ['--batch', '20']
const begin = (main: string, ...more: string[]) => {
  const owner = new OwnerProcess(main, redis, ...few, ...more)
  owners.push(owner)
  return owner
}

/** Kills an owner at random instants, so many times; another begins each time. */
async function killed(main: string, kills: number, seed: number): Promise<Awaited<ReturnType<typeof wrongKeys>>> {
  const producer = new Producer(redis, seed)
  const adding = producer.run(40, 10)
  let [one, other] = [begin(main), begin(main)]
  for (let k = 0; k < kills; k++) {
    while (one.owned.length === 0) await pause(5)
    await pause(300 * draw(seed, k, 0))
    await one.end('SIGKILL')
    ;[one, other] = [other, begin(main)]
  }
  const result = await wrongKeys(redis, producer)
  await adding
  return result
}

/** Freezes an owner for longer than its lease, so many times, while another takes over. */
async function frozen(main: string, times: number, seed: number): Promise<Awaited<ReturnType<typeof wrongKeys>>> {
  const producer = new Producer(redis, seed)
  const adding = producer.run(20, 10)
  const [one, other] = [begin(main), begin(main)]
  for (let k = 0; k < times; k++) {
    const [sleeper, waker] = k % 2 === 0 ? [one, other] : [other, one]
    await Promise.all([sleeper.owns(partitions / 2), waker.owns(partitions / 2)])
    await pause(100 * draw(seed, k, 0))
    sleeper.child.kill('SIGSTOP')
    await waker.owns(partitions)
    await pause(100 * draw(seed, k, 1))
    sleeper.child.kill('SIGCONT')
  }
  const result = await wrongKeys(redis, producer)
  await adding
  return result
}

describe.skipIf(missing !== undefined)('each window exactly once, in order', () => {
  test('owners are killed at 50 random instants', async () => {
    const { wrong, windows, late } = await killed(inject('main'), 50, 1)
    console.log(`50 kills: ${windows} windows, ${late} late events`)
    expect(wrong).toBe(0)
    expect(windows).toBeGreaterThan(1000)
    expect(late).toBeGreaterThan(0)
  })

  test('an owner is frozen past its lease, and wakes up', async () => {
    const { wrong, windows } = await frozen(inject('main'), 10, 2)
    console.log(`10 frozen owners: ${windows} windows`)
    expect(wrong).toBe(0)
  })

  test('Redis is killed and starts again', async () => {
    const producer = new Producer(redis, 3)
    const adding = producer.run(40, 10)
    const both = [begin(inject('main')), begin(inject('main'))]
    for (let k = 0; k < 10; k++) {
      while (!both.some(({ owned }) => owned.length > 0)) await pause(5)
      await pause(500 * draw(3, k, 0))
      await redis.kill()
      await pause(300 * draw(3, k, 1))
      await redis.start()
    }
    const { wrong, windows } = await wrongKeys(redis, producer)
    await adding
    console.log(`10 kills of Redis: ${windows} windows`)
    expect(wrong).toBe(0)
  })

  test('windows that end all at once are written in several steps, also when the owner dies between two', async () => {
    const producer = new Producer(redis, 9)
    await producer.add(Array.from({ length: 20_000 }, (_, i) => eventAt(9, i, 20_000)))
    const [first, client] = [new OwnerProcess(inject('main'), redis), await connected(redis)]
    owners.push(first)
    await drained(client, producer.positions)
    await producer.end()
    const progress = producer.positions.map((id, p) => ({ id, key: partitionKeys('readings', p).progress }))
    const told = () => Promise.all(progress.map(({ key }) => client.call('HMGET', key, 'position', 'more').then(String)))
    let all = await told()
    for (; !all.some((text, p) => text === `${progress[p]!.id},1`); all = await told())
      if (all.every((text, p) => text === `${progress[p]!.id},0`)) throw new Error('expected windows in several steps, got them in one')
    await first.end('SIGKILL')
    client.disconnect()
    begin(inject('main'))
    const { wrong, windows } = await wrongKeys(redis, producer)
    console.log(`${windows} windows that end at once`)
    expect(wrong).toBe(0)
    expect(windows).toBeGreaterThan(5000 * partitions)
  })

  test('owners come and go, and share', async () => {
    const producer = new Producer(redis, 4)
    const adding = producer.run(20, 10)
    const first = begin(inject('main'))
    await first.owns(4)
    const second = begin(inject('main'))
    await Promise.all([first.owns(2), second.owns(2)])
    const third = begin(inject('main'))
    const counts = () => [first, second, third].map(({ owned }) => owned.length).sort()
    while (counts().join() !== '1,1,2') await pause(5)
    expect(await first.end('SIGTERM')).toBe(0)
    await Promise.all([second.owns(2), third.owns(2)])
    await second.end('SIGKILL')
    await third.owns(4)
    const { wrong } = await wrongKeys(redis, producer)
    await adding
    expect(wrong).toBe(0)
    expect(await third.end('SIGTERM')).toBe(0)
  })
})

describe.skipIf(missing !== undefined)('what is wrong is told', () => {
  test('a stream that was begun otherwise, and a Redis that is not there', async () => {
    const producer = new Producer(redis, 8)
    await producer.add(Array.from({ length: 500 }, (_, i) => eventAt(8, i)))
    const owner = begin(inject('main'), '--trim')
    const client = await connected(redis)
    await drained(client, producer.positions)
    // What the states have is there no more.
    expect(await client.call('XLEN', partitionKeys('readings', 0).events)).toBe(1)
    client.disconnect()
    expect(await owner.end('SIGTERM')).toBe(0)
    const args = ['live', 'pool1d(pooling=max,size=10s)', '--stream', 'readings', '--redis', redis.url]
    expect(await outside(args)).toMatchObject({
      code: 2,
      err: expect.stringContaining('expected the stream "readings" to be as it was begun, {'),
    })
    await redis.kill()
    expect(await outside(args)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/expected Redis at redis:.*, got connect ECONNREFUSED/),
    })
  })
})

describe.skipIf(missing !== undefined)('that is noticed', () => {
  test.each([
    [
      'states that are not restored',
      'live/partition.ts',
      'windows.restore(key, state)',
      'void [key, state]',
      (main: string, seed: number) => killed(main, 5, seed),
    ],
    [
      'no fence',
      'live/scripts.ts',
      "if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return 0 end",
      '',
      (main: string, seed: number) => frozen(main, 10, seed),
    ],
  ] as const)('%s', async (_, path, found, put, disturbed) => {
    const folder = mkdtempSync(join(tmpdir(), 'poolwise-live-'))
    cpSync(join(root, 'src'), join(folder, 'src'), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    const text = readFileSync(join(folder, 'src', path), 'utf8')
    expect(text.split(found)).toHaveLength(2)
    writeFileSync(join(folder, 'src', path), text.replace(found, put))
    const { main, remove } = await builtOf(join(folder, 'src'))
    try {
      // An owner that is frozen between what it has read and what it writes is one of several.
      for (let seed = 5; seed < 15; seed++) {
        const { wrong, windows } = await disturbed(main, seed)
        console.log(`wrong keys: ${wrong}, of ${windows} windows`)
        if (wrong > 0) return
        await ended()
        redis = await startRedis()
      }
      expect.fail('nothing was wrong')
    } finally {
      remove()
      rmSync(folder, { recursive: true })
    }
  })
})

describe.skipIf(missing !== undefined)('one owner', () => {
  test.each([
    [100, 100_000],
    [5000, 25_000],
  ])('of %i keys: events a second, and what is written', async (keys, count) => {
    const producer = new Producer(redis, 7)
    for (let i = 0; i < count; i += 2000) await producer.add(Array.from({ length: 2000 }, (_, k) => eventAt(7, i + k, keys)))
    const client = await connected(redis)
    const owner = new OwnerProcess(inject('main'), redis)
    owners.push(owner)
    await owner.owns(partitions)
    const [began, before] = [performance.now(), await received(client)]
    await drained(client, producer.positions)
    const [seconds, after] = [(performance.now() - began) / 1000, await received(client)]
    const bytes = await stateBytes(client)
    client.disconnect()
    console.log(
      `${keys} keys, ${partitions} partitions: ${Math.round(count / seconds)} events a second; ${bytes} bytes of state a key; ` +
        `${Math.round((after.bytes - before.bytes) / (after.scripts - before.scripts) / 1000)} kB a checkpoint of up to 1000 events`,
    )
    expect((await wrongKeys(redis, producer)).wrong).toBe(0)
  })
})
