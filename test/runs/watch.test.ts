import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { pipelineFrom } from '../../src/pipeline/pipeline.ts'
import { collectGrowing } from '../../src/runs/collectGrowing.ts'
import { mapTask } from '../../src/runs/mapTask.ts'
import type { Task } from '../../src/runs/taskEngine.ts'
import { inside } from '../cli/inside.ts'
import { held, placed, until, watching } from './growing.ts'
import { tree } from './tree.ts'
import { smallRun, words } from './wordCorpus.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolwise-watch-'))
const at = (name: string) => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const args = (out: string) => smallRun(at('in'), at(out))

/** What a run makes of the inputs as they are. */
async function fresh(out: string): Promise<string[]> {
  await inside(...args(out))
  return held(at(out))
}

const times = (out: string) => new Map(readdirSync(at(out)).map((name) => [name, statSync(at(`${out}/${name}`)).mtimeMs]))

test('--watch pools what comes, changes and goes; what is done stays, and a whole collection is always there', {
  timeout: 120_000,
}, async () => {
  mkdirSync(at('in'))
  const first = watching(...args('out'))
  await until(() => existsSync(at('out/collection.json')), 'an empty collection')
  for (const i of [5, 6, 7]) placed(words[i]!, at(`in/${i}.wav`))
  await until(async () => (await held(at('out'))).length === 3, 'three vectors')
  const before = times('out')
  // Comes before the others by its name, and in two pieces.
  const bytes = readFileSync(words[1]!)
  writeFileSync(at('in/1.wav'), bytes.subarray(0, 1000))
  await pause(300)
  appendFileSync(at('in/1.wav'), bytes.subarray(1000))
  await until(async () => {
    expect(existsSync(at('out/collection.json'))).toBe(true)
    return (await held(at('out'))).length === 4
  }, 'a fourth vector')
  const after = times('out')
  for (const part of ['part-000000.jsonl', 'part-000001.jsonl']) expect(after.get(part)).toBe(before.get(part))
  expect(await held(at('out'))).toEqual(await fresh('four'))

  placed(words[8]!, at('in/6.wav'))
  rmSync(at('in/7.wav'))
  const [six] = (await held(at('out'))).filter((line) => line.includes('6.wav'))
  await until(async () => {
    const now = await held(at('out'))
    return now.length === 3 && !now.includes(six!)
  }, 'what was left')
  expect(await held(at('out'))).toEqual(await fresh('left'))
  writeFileSync(at('in/broken.wav'), 'RIFF')
  await until(() => existsSync(at('out/failures.jsonl')), 'a failure')
  await until(() => first.said().includes('broken.wav') && first.said().endsWith('until Ctrl-C\n'), 'word of it')
  first.child.kill('SIGINT')
  expect(await first.ended).toBe(1)

  const done = times('out')
  const again = watching(...args('out'))
  await until(() => again.said().includes('waiting for more'), 'the end of the first look')
  again.child.kill('SIGINT')
  expect(await again.ended).toBe(1)
  for (const [name, time] of times('out')) if (name.startsWith('part-')) expect(time).toBe(done.get(name))

  // Without it shards are cut by the names again.
  await inside(...args('out'))
  await fresh('named')
  expect(tree(at('out'))).toEqual(tree(at('named')))
})

test('a collection stands while new shards are made, and not while one of its own is made again', async () => {
  const [input, out, stop] = [at('own'), at('standing'), new AbortController()]
  mkdirSync(input)
  placed(words[0]!, join(input, '0.wav'))
  const definition = { source: { source: 'audioFiles' }, stages: [{ stage: 'globalPool', pooling: 'mean' }] }
  const loaded = await pipelineFrom(definition).load()
  const stood: boolean[] = []
  const steps = [() => placed(words[1]!, join(input, '1.wav')), () => placed(words[2]!, join(input, '0.wav')), () => stop.abort()]
  const engine = {
    width: 1,
    map(task: Task) {
      stood.push(existsSync(join(out, 'collection.json')))
      return mapTask(loaded, task)
    },
    close() {},
  }
  const setup = { definition, base: 'file:///' }
  const watch = { planned() {}, mapped() {}, waiting: () => steps.shift()!() }
  const job = {
    loaded,
    setup,
    inputs: [input],
    folder: out,
    manner: { sink: 'jsonl' },
    size: 2,
    engine,
    version: '1',
    stopped: stop.signal,
  } as const
  expect(await collectGrowing(job, watch)).toMatchObject({ whole: { vectors: 2, failures: 0 } })
  expect(stood).toEqual([false, true, false])
})

test('--watch wants a folder', async () => {
  expect(await inside('audio', at('in'), '--watch')).toMatchObject({
    code: 2,
    err: '--watch: expected a folder as --out, such as vectors/, got none',
  })
})
