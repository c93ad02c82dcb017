// A corpus on every engine, as large as POOLWISE_FILES, POOLWISE_SENTENCES and POOLWISE_QUEUED say: identical bytes; times, memory and bytes of Redis are printed.
import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { draw } from '../../src/core/draw.ts'
import { prefix, type Queue, type Redis as RedisClient } from '../../src/runs/redisQueue.ts'
import { partOf, stagedPart } from '../../src/runs/runFolder.ts'
import { root } from '../house/source.ts'
import { type Redis, redisMissing, startRedis } from '../redis.ts'
import { tree } from '../runs/tree.ts'
import { ask, client, killAll, start, startWorker } from './processes.ts'

const missing = redisMissing()
if (missing !== undefined) console.log(`left out: ${missing}`)
const size = (name: string, small: number) => Number(process.env[`POOLWISE_${name}`] ?? small)
const [files, sentences, queued] = [size('FILES', 200), size('SENTENCES', 40_000), size('QUEUED', 20_000)]

const folder = mkdtempSync(join(tmpdir(), 'poolwise-scale-'))
const at = (name: string) => join(folder, name)
const vocabulary = readFileSync(join(root, 'samples/text/letters.txt'), 'utf8').match(/[A-Za-z]{2,}/g)!

/** Recordings of a word each, by some hundred voices, words and speeds, no two of one loudness. */
function recordings(count: number): string {
  const spoken = Array.from({ length: Math.min(count, 300) }, (_, i) => {
    const path = at('spoken.wav')
    const [word, voice] = [vocabulary[i % vocabulary.length]!, ['en', 'en-us', 'de', 'fr', 'it'][i % 5]!]
    const args = ['-v', voice, '-s', `${120 + 7 * (i % 17)}`, '-p', `${30 + 5 * (i % 9)}`, '-w', path, word]
    if (spawnSync('espeak-ng', args).status !== 0) throw new Error(`espeak-ng ${args.join(' ')}: expected a recording`)
    return readFileSync(path)
  })
  const name = at(`recordings-${count}`)
  mkdirSync(name)
  for (let i = 0; i < count; i++) {
    const wav = Buffer.from(spoken[i % spoken.length]!)
    const gain = 1 - (0.9 * Math.floor(i / spoken.length)) / (count / spoken.length + 1)
    for (let k = 44; k + 1 < wav.length; k += 2) wav.writeInt16LE(Math.round(gain * wav.readInt16LE(k)), k)
    writeFileSync(join(name, `${String(i).padStart(7, '0')}.wav`), wav)
  }
  return name
}

/** A file of so many lines of 4 to 14 words. */
function lines(count: number): string {
  const name = at(`sentences-${count}.txt`)
  const file = openSync(name, 'w')
  for (let from = 0; from < count; from += 1000) {
    const some = Array.from({ length: Math.min(1000, count - from) }, (_, i) => {
      const length = 4 + Math.floor(11 * draw(1, from + i, 0))
      return Array.from({ length }, (_, k) => vocabulary[Math.floor(vocabulary.length * draw(2, from + i, k))]).join(' ')
    })
    writeSync(file, `${some.join('.\n')}.\n`)
  }
  closeSync(file)
  return name
}

// The large ones take their time.
describe.skipIf(missing !== undefined)('at scale', { timeout: 6 * 3_600_000 }, () => {
  let redis: Redis
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterEach(killAll)
  afterAll(async () => {
    await redis.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** On the three engines; what each run had in memory at most. */
  async function onEach(what: string, count: number, args: readonly string[]): Promise<readonly number[]> {
    const peaks: number[] = []
    const seconds: number[] = []
    for (const engine of ['local', 'threads', 'bullmq']) {
      const out = at(`${what}-${count}-${engine}`)
      const more = engine === 'bullmq' ? ['--redis', redis.url] : []
      const workers = more.map(() => startWorker(redis.url, undefined, '--concurrency', '1'))
      const ended = await start([...args, '--out', `${out}/`, '--format', 'npy', '--engine', engine, ...more]).ended
      expect([ended.code, /error/.exec(ended.err)]).toEqual([0, null])
      for (const { child } of workers) child.kill('SIGINT')
      const held = (await Promise.all(workers.map(({ ended }) => ended))).map(({ megabytes }) => `${Math.round(megabytes)} MB`)
      peaks.push(ended.megabytes)
      seconds.push(ended.seconds)
      const times = (seconds[0]! / ended.seconds).toFixed(2)
      console.log(
        `${count} ${what}, ${engine}${more.length > 0 ? ' with two workers of a thread' : ''}: ${ended.seconds.toFixed(1)} s, ${Math.round(count / ended.seconds)} a second, ${times} times local, at most ${Math.round(ended.megabytes)} MB${held.length > 0 ? `, workers ${held.join(' and ')}` : ''}`,
      )
      if (engine === 'local') continue
      expect(tree(out)).toEqual(tree(at(`${what}-${count}-local`)))
      rmSync(out, { recursive: true })
    }
    rmSync(at(`${what}-${count}-local`), { recursive: true })
    return peaks
  }

  test('recordings, and a quarter of them: the bytes of local, in memory that does not grow with their number', async () => {
    console.log(`${availableParallelism()} processors`)
    const [few, many] = [
      await onEach('files', files / 4, ['audio', recordings(files / 4)]),
      await onEach('files', files, ['audio', recordings(files)]),
    ]
    // Some hundred bytes a file for the list of them; of threads, few files may keep one busy alone.
    for (const i of [0, 2]) expect(many[i]! - few[i]!).toBeLessThan(60 + files / 1000)
  })

  test('sentences, likewise', async () => {
    const by = (count: number) => ['text', lines(count), '--by', 'line']
    const [few, many] = [await onEach('sentences', sentences / 4, by(sentences / 4)), await onEach('sentences', sentences, by(sentences))]
    // Of fewer the heap is still growing to its size. Ids are noted, to find those that come twice.
    if (sentences >= 1_000_000) for (const i of [0, 2]) expect(many[i]! - few[i]!).toBeLessThan(60 + sentences / 20_000)
  })

  test('what a queue of files takes in Redis', async () => {
    const connection = new (client<{ Redis: new (url: string, options: object) => RedisClient }>('ioredis').Redis)(redis.url, {
      maxRetriesPerRequest: null,
    })
    const { Queue } = client<{ Queue: new (name: string, options: object) => Queue }>('bullmq')
    const held = () => Number(/used_memory:(\d+)/.exec(ask(redis.url, 'INFO', 'memory').join('\n'))![1])
    for (const shard of [0, 1, 64, 256]) {
      // A million jobs would take minutes to tell the same of each.
      const count = shard === 0 ? 10_000 : Math.min(Math.ceil(queued / shard), 20_000)
      const files = count * shard
      const queue = new Queue(`shards-of-${shard}`, { connection, prefix })
      const before = held()
      const began = performance.now()
      for (let from = 0; from < count; from += 1000) {
        const jobs = Array.from({ length: Math.min(1000, count - from) }, (_, i) => {
          const index = from + i
          const pieces = Array.from({ length: shard }, (_, k) => ({
            file: `/corpus/recordings/${String(index * shard + k).padStart(7, '0')}.wav`,
          }))
          const hash = Math.floor(2 ** 48 * draw(3, index, 0))
            .toString(16)
            .padStart(16, '0')
            .repeat(4)
          const { origin, ...part } = stagedPart(partOf('/corpus/vectors', index, hash, { sink: 'npy' }, {}))
          const opts = { jobId: `${String(index).padStart(6, '0')}-${hash.slice(0, 16)}` }
          return { name: 'shard', data: shard === 0 ? (0 as never) : { pieces, part }, opts }
        })
        await queue.addBulk(jobs)
      }
      const [bytes, seconds] = [held() - before, (performance.now() - began) / 1000]
      console.log(
        shard === 0
          ? `a job of nothing: ${Math.round(bytes / count)} B in Redis`
          : `${files} files in shards of ${shard}: ${count} jobs, ${Math.round(bytes / count)} B a job, ${Math.round(bytes / files)} B a file, ${(bytes / 1e6).toFixed(1)} MB in all, put there in ${seconds.toFixed(1)} s`,
      )
      expect(bytes).toBeGreaterThan(0)
      await queue.obliterate({ force: true })
      await queue.close()
    }
    connection.disconnect()
  })
})
