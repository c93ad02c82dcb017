// Runs on a queue: workers, the run itself and Redis are killed and frozen, and the collection has the bytes of an undisturbed one.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import { draw } from '../../src/core/draw.ts'
import { queueOf } from '../../src/runs/redisQueue.ts'
import { builtOf } from '../built.ts'
import { root } from '../house/source.ts'
import { freePort, type Redis, redisMissing, startRedis } from '../redis.ts'
import { tree } from '../runs/tree.ts'
import { linkedWords, oneInTen } from '../runs/wordCorpus.ts'
import { s16, wavOf } from '../sources/recordings.ts'
import { activeIn, ask, kill, killAll, type Process, start, startWorker } from './processes.ts'

const missing = redisMissing()
if (missing !== undefined) console.log(`left out: ${missing}`)

const folder = mkdtempSync(join(tmpdir(), 'poolwise-bullmq-'))
const at = (name: string) => join(folder, name)
afterAll(() => {
  spawnSync('umount', [at('disk')])
  rmSync(folder, { recursive: true, force: true })
})

mkdirSync(at('disk'))
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=96k', 'tmpfs', at('disk')]).status === 0
if (!mounted) console.log('left out: a full disk, which could not be mounted')

const corpus = linkedWords(at('corpus'), 200, oneInTen)

/** A pipeline's file, of so many bands: others give other bytes. */
function pipelineOf(bands: number): string {
  const path = at(`bands-${bands}.json`)
  const stages = [
    { stage: 'logMel', bands },
    { stage: 'globalPool', pooling: ['mean', 'std', 'max'] },
  ]
  writeFileSync(path, JSON.stringify({ source: { source: 'audioFiles' }, stages }))
  return path
}
const [pipeline, other] = [pipelineOf(20), pipelineOf(16)]

describe.skipIf(missing !== undefined)('bullmq', () => {
  let redis: Redis
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterEach(killAll)
  afterAll(() => redis.close())

  const run = (out: string, { by = pipeline, shard = 4, engine = 'bullmq', more = [] as readonly string[], main = inject('main') } = {}) =>
    start(
      ['run', by, corpus, '--out', `${at(out)}/`, '--shard', `${shard}`, '--engine', engine, ...more].concat(
        engine === 'bullmq' ? ['--redis', redis.url] : [],
      ),
      main,
    )
  /** What an undisturbed run makes. */
  async function undisturbed(name: string, options: Parameters<typeof run>[1] = {}): Promise<Map<string, string>> {
    const { code } = await run(name, { ...options, engine: 'local' }).ended
    expect(code).toBe(1)
    return tree(at(name))
  }
  const parts = (out: string) => (existsSync(at(out)) ? readdirSync(at(out)).filter((name) => name.startsWith('part-')) : [])
  /** A run, once it has made so many parts. */
  async function having(out: string, count: number, process = run(out)): Promise<Process> {
    while (parts(out).length < count) {
      if (process.child.exitCode !== null) throw new Error(`expected ${count} parts, got ${parts(out).length}: ${process.err()}`)
      await pause(2)
    }
    return process
  }

  test.each(['npy', 'parquet'])('two workers give the bytes of local and threads, in %s, and leave nothing in Redis', async (format) => {
    const more = ['--format', format]
    const expected = await undisturbed(`local-${format}`, { more })
    const threads = await run(`threads-${format}`, { engine: 'threads', more }).ended
    const workers = [startWorker(redis.url), startWorker(redis.url)]
    const queued = await run(`bullmq-${format}`, { more }).ended
    expect([threads.code, queued.code]).toEqual([1, 1])
    expect(tree(at(`threads-${format}`))).toEqual(expected)
    expect(tree(at(`bullmq-${format}`))).toEqual(expected)
    expect(
      readFileSync(at(`bullmq-${format}/failures.jsonl`), 'utf8')
        .trimEnd()
        .split('\n'),
    ).toHaveLength(20)
    // As the other engines tell it.
    expect(queued.err.replaceAll(`bullmq-${format}/`, `threads-${format}/`)).toBe(threads.err)
    for (const { child } of workers) child.kill('SIGINT')
    expect((await Promise.all(workers.map(({ ended }) => ended))).map(({ code }) => code)).toEqual([0, 0])
    expect(ask(redis.url, 'KEYS', '*')).toEqual([])
  })

  test('a long recording is pooled by all threads of a worker, to the bytes of local', async () => {
    const long = at('long.wav')
    writeFileSync(long, wavOf(s16(Array.from({ length: 2 ** 21 }, (_, i) => Math.floor(65536 * draw(1, i, 0)) - 32768))))
    const made = (engine: string, ...more: string[]) =>
      start(['run', pipeline, long, '--out', `${at(`long-${engine}`)}/`, '--engine', engine, ...more]).ended
    // A line for each thread that is begun.
    const [begun, counting] = [at('begun.txt'), at('counting.mjs')]
    const mark = `import { appendFileSync } from 'node:fs'; appendFileSync(${JSON.stringify(begun)}, '\\n')`
    const address = `data:text/javascript,${encodeURIComponent(mark)}`
    writeFileSync(
      counting,
      `process.execArgv.push('--import', ${JSON.stringify(address)}); await import(${JSON.stringify(inject('main'))})`,
    )
    const worker = startWorker(redis.url, counting, '--concurrency', '2')
    const [local, queued] = [await made('local'), await made('bullmq', '--redis', redis.url)]
    expect([local.code, queued.code]).toEqual([0, 0])
    expect(tree(at('long-bullmq'))).toEqual(tree(at('long-local')))
    expect(readFileSync(begun, 'utf8')).toBe('\n\n')
    await kill(worker)
  })

  test('relative paths start where the run was started, not where workers were; two runs are worked on in turn', async () => {
    const worker = startWorker(redis.url)
    const [one, two] = await Promise.all([run('turn-one').ended, run('turn-two', { by: other }).ended])
    expect([one.code, two.code]).toEqual([1, 1])
    expect(tree(at('turn-one'))).toEqual(await undisturbed('turn-one-local'))
    expect(tree(at('turn-two'))).toEqual(await undisturbed('turn-two-local', { by: other }))
    await kill(worker)
  })

  /** Kills one of two workers or the run, so many times at random instants, and starts it again. */
  async function killing(kills: number, seed: number): Promise<{ torn: number; others: number; midway: number }> {
    const expected = await undisturbed(`killed-${seed}-local`)
    const out = `killed-${seed}`
    const found = { torn: 0, others: 0, midway: 0 }
    const begin: readonly (() => Process)[] = [() => run(out), () => startWorker(redis.url), () => startWorker(redis.url)]
    const processes = begin.map((one) => one())
    for (let i = 0; i < kills; ) {
      // At any instant, those before anything is done included; how fast the machine is does not decide.
      const enough = parts(out).length + Math.floor(4 * draw(seed, i, 0))
      while (processes[0]!.child.exitCode === null && parts(out).length < enough) await pause(5)
      await pause(50 * draw(seed, i, 2))
      if (processes[0]!.child.exitCode !== null) {
        if ((await processes[0]!.ended).code !== 1 || !same(tree(at(out)), expected)) found.others++
        rmSync(at(out), { recursive: true })
      } else {
        const victim = Math.floor(3 * draw(seed, i++, 1))
        await kill(processes[victim]!)
        if (parts(out).length > 0 && !existsSync(join(at(out), 'collection.json'))) found.midway++
        for (const part of parts(out)) if (readFileSync(join(at(out), part), 'latin1') !== expected.get(`/${part}`)) found.torn++
      }
      for (const [k, one] of begin.entries()) if (processes[k]!.child.exitCode !== null || processes[k]!.child.killed) processes[k] = one()
    }
    if ((await processes[0]!.ended).code !== 1 || !same(tree(at(out)), expected)) found.others++
    // Workers look every half second whether a run is still there.
    await expect.poll(() => ask(redis.url, 'KEYS', '*'), { timeout: 10_000 }).toEqual([])
    await kill(processes[1]!, processes[2]!)
    return found
  }

  test('workers and the run are killed at random instants: nothing is torn, lost or another', async () => {
    const { midway, ...wrong } = await killing(20, 1)
    console.log(`${midway} of 20 kills came when some shards were done and others not`)
    expect(wrong).toEqual({ torn: 0, others: 0 })
    expect(midway).toBeGreaterThan(3)
  })

  test('Redis is killed, and comes back, even with nothing: workers and the run wait for it', async () => {
    const expected = await undisturbed('redis-local')
    const workers = [startWorker(redis.url), startWorker(redis.url)]
    const ended = run('redis')
    for (const [i, count] of [0, 3, 12, 25].entries()) {
      await having('redis', count, ended)
      // While shards are put there.
      while (i === 0 && ask(redis.url, 'KEYS', 'poolwise:*:wait').length === 0) await pause(1)
      if (i === 3) ask(redis.url, 'FLUSHALL')
      await redis.kill()
      await pause(300)
      await redis.start()
    }
    const { code, err } = await ended.ended
    expect([code, err]).toEqual([1, expect.stringMatching(/Redis does not answer at redis:.*; waiting for it\n.*Redis answers again/s)])
    expect(tree(at('redis'))).toEqual(expected)
    await kill(...workers)
    expect(workers.map(({ err }) => /Redis answers again/.test(err()))).toEqual([true, true])
  })

  /** Freezes a worker while it makes shards, gives these to another, has the collection made by another pipeline, and lets it go on. */
  async function freezing(name: string, main: string): Promise<boolean> {
    const frozen = startWorker(redis.url, main, '--concurrency', '4')
    const first = await having(name, 1, run(name, { shard: 5, main }))
    // Until some of its shards are begun and not written.
    while (activeIn(redis.url) < 2) await pause(2)
    frozen.child.kill('SIGSTOP')
    const worker = startWorker(redis.url, main)
    expect((await first.ended).code).toBe(1)
    const [once, made] = [tree(at(name)), await undisturbed(`${name}-local`, { shard: 5 })]
    expect((await run(name, { shard: 5, by: other, main }).ended).code).toBe(1)
    frozen.child.kill('SIGCONT')
    // Until it has nothing left to do.
    await pause(3000)
    expect(frozen.child.exitCode).toBe(null)
    await kill(frozen, worker)
    return same(once, made) && same(tree(at(name)), await undisturbed(`${name}-other`, { shard: 5, by: other }))
  }

  test('a frozen worker that wakes up when its shards were made by others, and the folder is another collection by now, does no harm', async () => {
    expect(await freezing('frozen', inject('main'))).toBe(true)
  })

  test('that is noticed where workers write into the collection by themselves', async () => {
    const copy = at('sabotage')
    cpSync(join(root, 'src'), join(copy, 'src'), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
    const path = join(copy, 'src/runs/bullmq.ts')
    let text = readFileSync(path, 'utf8')
    for (const [found, put] of [
      ['const { origin, ...data } = stagedPart(part)', 'const { origin, ...data } = part'],
      ['else if (adopt(one.part)) one', 'else if (id) one'],
    ] as const) {
      expect(text).toContain(found)
      text = text.replace(found, put)
    }
    writeFileSync(path, text)
    const { main, remove } = await builtOf(join(copy, 'src'))
    const well = await freezing('harmed', main)
    remove()
    expect(well).toBe(false)
  })

  test('a signal to the run: what is being made is made, and the same command goes on', async () => {
    const expected = await undisturbed('stopped-local')
    const worker = startWorker(redis.url, undefined, '--concurrency', '1')
    const first = await having('stopped', 3)
    first.child.kill('SIGINT')
    const { code, err } = await first.ended
    expect([code, err]).toEqual([4, expect.stringContaining('stopping when the shards that are being made are done')])
    expect(parts('stopped').length).toBeLessThan(40)
    expect(ask(redis.url, 'HLEN', 'poolwise:runs')).toEqual(['0'])
    const again = await run('stopped').ended
    expect([again.code, again.err]).toEqual([1, expect.stringMatching(/note: \d+ of 200 inputs were done before/)])
    expect(tree(at('stopped'))).toEqual(expected)
    await kill(worker)
  })

  test('what a run has left that was killed while it removed its queue is in no way', async () => {
    mkdirSync(at('paused'))
    ask(redis.url, 'HSET', `poolwise:${queueOf(at('paused'))}:meta`, 'paused', '1')
    startWorker(redis.url)
    expect((await run('paused').ended).code).toBe(1)
  })

  test.runIf(mounted || process.env.POOLWISE_REQUIRE_ALL === '1')(
    'a worker that cannot write ends the run with why; without a worker that is said',
    async () => {
      const full = run('disk/out', { shard: 10 })
      while (!/note: no worker takes shards: start one by poolwise worker --redis redis:/.test(full.err())) await pause(50)
      const worker = startWorker(redis.url)
      const { code, err } = await full.ended
      expect([code, err]).toEqual([3, expect.stringMatching(/error: worker: .*expected to write .*ENOSPC/)])
      expect(spawnSync('mount', ['-o', 'remount,size=8m', at('disk')]).status).toBe(0)
      expect((await run('disk/out', { shard: 10 }).ended).code).toBe(1)
      expect(tree(at('disk/out'))).toEqual(await undisturbed('roomy', { shard: 10 }))
      await kill(worker)
    },
  )

  test('no Redis, no folder, no address: told before anything is begun', async () => {
    const nowhere = `redis://user:secret@127.0.0.1:${await freePort()}`
    const told = async (...args: string[]) => {
      const { code, err } = await start(args).ended
      return [code, err.split('\n')[0]]
    }
    const out = ['--out', `${at('nothing')}/`]
    const got = /^error: (bullmq|worker): expected Redis at redis:\/\/user:\*\*\*@127\.0\.0\.1:\d+, got none that answers \(.*ECONNREFUSED/
    expect(await told('run', pipeline, corpus, ...out, '--engine', 'bullmq', '--redis', nowhere)).toEqual([2, expect.stringMatching(got)])
    expect(await told('worker', '--redis', nowhere)).toEqual([2, expect.stringMatching(got)])
    expect(await told('worker', '--redis', 'localhost:6379')).toEqual([2, expect.stringContaining('expected an address such as redis://')])
    expect(await told('run', pipeline, corpus, ...out, '--engine', 'bullmq')).toEqual([2, expect.stringContaining('go together')])
    expect(await told('run', pipeline, corpus, '--engine', 'bullmq', '--redis', nowhere)).toEqual([
      2,
      expect.stringContaining('expected a folder as --out'),
    ])
    expect(existsSync(at('nothing'))).toBe(false)
  })
})

function same(found: ReadonlyMap<string, string>, wanted: ReadonlyMap<string, string>): boolean {
  return found.size === wanted.size && [...wanted].every(([path, text]) => found.get(path) === text)
}
