// Runs that are killed: whatever is left is whole where it is there at all, and the same command makes of it what an undisturbed run would have made.
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { draw } from '../../src/core/draw.ts'
import { builtOf } from '../built.ts'
import { root } from '../house/source.ts'
import { tree } from '../runs/tree.ts'
import { linkedWords, oneInTen } from '../runs/wordCorpus.ts'
import { type Ended, start } from '../stores/processes.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolwise-runs-'))
const at = (name: string) => join(folder, name)
afterAll(() => {
  // Here, since what a filter leaves out has no end of its own.
  spawnSync('umount', [at('disk')])
  rmSync(folder, { recursive: true, force: true })
})

const pipeline = at('words.json')
const stages = [
  { stage: 'logMel', bands: 20 },
  { stage: 'globalPool', pooling: ['mean', 'std', 'max'] },
]
writeFileSync(pipeline, JSON.stringify({ source: { source: 'audioFiles' }, stages }))

/** A run, which is killed after so many milliseconds. */
async function run(main: string, args: readonly string[], killed = Infinity): Promise<Ended> {
  const { child, ended } = start(['run', pipeline, ...args], main)
  const timer = killed < Infinity ? setTimeout(() => child.kill('SIGKILL'), killed) : undefined
  const found = await ended
  clearTimeout(timer)
  return found
}

/** What a user must not see. */
interface Wrong {
  /** Parts that are there and not whole. */
  torn: number
  /** Parts that were done and were made again. */
  again: number
  /** Collections that are said to be whole, or were run to the end, and are others than the undisturbed one. */
  others: number
}

/** Kills runs at random instants, so many or until that is enough, each going on with what the last has left, from the start again where one comes to its end. */
async function killing(
  main: string,
  engine: string,
  format: string,
  kills: number,
  seed: number,
  enough: (wrong: Wrong) => boolean = () => false,
): Promise<{ wrong: Wrong; midway: number }> {
  const input = at('corpus')
  const args = (out: string) => [input, '--out', `${out}/`, '--shard', '2', '--engine', engine, '--format', format]
  const name = `${engine}-${format}-${seed}`
  const whole = at(`${name}-whole`)
  const first = await run(inject('main'), args(whole))
  expect(first.code).toBe(1)
  const expected = tree(whole)
  // The first may have waited for what else the machine did.
  rmSync(whole, { recursive: true })
  const seconds = Math.min(first.seconds, (await run(inject('main'), args(whole))).seconds)
  const parts = [...expected.keys()].filter((path) => path.startsWith('/part-')).length
  const wrong: Wrong = { torn: 0, again: 0, others: 0 }
  const out = at(`${name}-killed`)
  let midway = 0
  const done = new Map<string, bigint>()
  const look = () => {
    const parts = existsSync(out) ? readdirSync(out).filter((file) => file.startsWith('part-')) : []
    for (const part of parts) if (readFileSync(join(out, part), 'latin1') !== expected.get(`/${part}`)) wrong.torn++
    for (const [part, time] of done) if (statSync(join(out, part), { bigint: true }).mtimeNs !== time) wrong.again++
    const records = existsSync(join(out, '.run')) ? readdirSync(join(out, '.run')).filter((file) => /^\d+\.json$/.test(file)) : []
    for (const record of records) {
      const text = readFileSync(join(out, '.run', record), 'utf8')
      if (!text.endsWith('}\n')) {
        wrong.torn++
        continue
      }
      const { files, failures } = JSON.parse(text)
      // What the system refused is tried again.
      if (failures.some(({ passing }: { passing?: true }) => passing)) continue
      for (const file of Object.keys(files)) done.set(file, statSync(join(out, file), { bigint: true }).mtimeNs)
    }
    if (records.length > 0 && !existsSync(join(out, 'collection.json'))) midway++
  }
  const same = () => {
    const [found, wanted] = [tree(out), expected]
    if (found.size !== wanted.size || [...wanted].some(([path, text]) => found.get(path) !== text)) wrong.others++
  }
  for (let kill = 0; kill < kills && !enough(wrong); ) {
    // A process does nothing but start for a while; what it does then is what the last has left. A run that comes to its end is no kill.
    const left = 1 - done.size / parts
    const instant = seconds * 1000 * (0.2 + 1.1 * left * draw(seed, kill, done.size))
    const { code } = await run(main, args(out), instant)
    if (code === null) kill++
    look()
    if (existsSync(join(out, 'collection.json'))) {
      if (code !== null) same()
      rmSync(out, { recursive: true })
      done.clear()
    }
  }
  if ((await run(main, args(out))).code !== 1) wrong.others++
  look()
  same()
  for (const path of [out, whole]) rmSync(path, { recursive: true })
  return { wrong, midway }
}

linkedWords(at('corpus'), 50, oneInTen)

describe('killed at 50 random instants', () => {
  test.each([
    ['local', 'jsonl'],
    ['threads', 'npy'],
  ])('%s, %s: nothing is torn, lost or made twice', async (engine, format) => {
    const { wrong, midway } = await killing(inject('main'), engine, format, 50, 1)
    console.log(`${engine}: ${midway} of 50 kills and the ends between them came when some shards were done and others not`)
    expect(wrong).toEqual({ torn: 0, again: 0, others: 0 })
    expect(midway).toBeGreaterThan(5)
  })
})

describe('that is noticed', () => {
  test.each([
    [
      'a commit without a rename',
      'files/output.ts',
      [
        ['    temporary = hiddenBeside(place.path)\n', '    temporary = place.path\n'],
        ["openSync(temporary, 'wx', place.mode)", "openSync(temporary, 'w', place.mode)"],
        // A quick disk writes such small parts in no time, so that no kill would fall in it.
        ['    commit() {\n', '    commit() {\n      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)\n'],
      ],
      'torn',
    ],
    ['shards that are done, not looked at', 'runs/runFolder.ts', [['if (record?.hash !== hash ||', 'if (true ||']], 'again'],
  ] as const)('%s', async (_, path, changes, kind) => {
    const copy = at(`sabotage-${kind}`)
    cpSync(join(root, 'src'), join(copy, 'src'), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
    let text = readFileSync(join(copy, 'src', path), 'utf8')
    for (const [found, put] of changes) {
      expect(text).toContain(found)
      text = text.replace(found, put)
    }
    writeFileSync(join(copy, 'src', path), text)
    const { main, remove } = await builtOf(join(copy, 'src'))
    const { wrong } = await killing(main, 'local', 'jsonl', 50, 2, (wrong) => wrong[kind] > 0)
    remove()
    console.log(`${kind}: ${JSON.stringify(wrong)}`)
    expect(wrong[kind]).toBeGreaterThan(0)
  })
})

describe('a disk', () => {
  const disk = at('disk')
  mkdirSync(disk)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=40k', 'tmpfs', disk]).status === 0

  test.runIf(mounted)('that is full is told, and what was done is kept', async () => {
    const args = [at('corpus'), '--out', `${disk}/out/`, '--shard', '10', '--engine', 'threads']
    const { code, err } = await run(inject('main'), args)
    expect([code, err]).toEqual([
      3,
      expect.stringMatching(/error: toJsonl: expected to write .*part-\d+\.jsonl.*ENOSPC|error: run: expected to write .*ENOSPC/),
    ])
    const parts = readdirSync(join(disk, 'out')).filter((name) => name.startsWith('part-'))
    expect(parts.length).toBeGreaterThan(1)
    expect(existsSync(join(disk, 'out/collection.json'))).toBe(false)
    expect(spawnSync('mount', ['-o', 'remount,size=8m', disk]).status).toBe(0)
    const again = await run(inject('main'), args)
    expect([again.code, again.err]).toEqual([1, expect.stringMatching(/^note: \d+0 of 50 inputs were done before\n/)])
    await run(inject('main'), [at('corpus'), '--out', `${at('roomy')}/`, '--shard', '10'])
    expect(tree(join(disk, 'out'))).toEqual(tree(at('roomy')))
  })

  test('from which the folder is removed is told; the same command makes it again', async () => {
    const args = [at('corpus'), '--out', `${at('removed')}/`, '--shard', '2']
    const ended = run(inject('main'), args)
    while (!existsSync(at('removed/part-000003.jsonl'))) await pause(2)
    renameSync(at('removed'), at('elsewhere'))
    const { code, err } = await ended
    expect([code, err]).toEqual([3, expect.stringMatching(/error: .*removed.*(ENOENT|got none)/)])
    expect((await run(inject('main'), args)).code).toBe(1)
    expect(readFileSync(at('removed/failures.jsonl'), 'utf8').trimEnd().split('\n')).toHaveLength(5)
  })
})

test('thousands of files: local and threads give the same bytes, and memory does not grow with their number', async () => {
  const counts = [500, 5000]
  const peaks: number[] = []
  for (const count of counts) {
    const input = linkedWords(at(`many-${count}`), count)
    for (const engine of ['local', 'threads']) {
      const { code, seconds, megabytes } = await run(inject('main'), [
        input,
        '--out',
        `${at(`${engine}-${count}`)}/`,
        '--format',
        'npy',
        '--engine',
        engine,
      ])
      console.log(
        `${count} files, ${engine}: ${seconds.toFixed(1)} s, ${Math.round(count / seconds)} a second, at most ${Math.round(megabytes)} MB`,
      )
      expect(code).toBe(0)
      if (engine === 'local') peaks.push(megabytes)
    }
    expect(tree(at(`threads-${count}`))).toEqual(tree(at(`local-${count}`)))
    expect(readdirSync(at(`local-${count}`)).filter((name) => name.endsWith('.npy'))).toHaveLength(Math.ceil(count / 64))
  }
  // Some hundred bytes a file for the list of them.
  expect(peaks[1]! - peaks[0]!).toBeLessThan(60)
})
