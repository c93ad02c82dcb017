import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { inside } from '../cli/inside.ts'
import { outside } from '../cli/outside.ts'
import { tree } from './tree.ts'

const folder = `${mkdtempSync(join(tmpdir(), 'poolwise-collect-'))}/`
const at = (name: string) => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true }))

const samples = 'samples/audio/words'
const names = readdirSync(samples).slice(0, 10)
const pipeline = at('words.json')
const stages = [
  { stage: 'logMel', bands: 4 },
  { stage: 'globalPool', pooling: ['mean', 'max'] },
]
writeFileSync(pipeline, JSON.stringify({ source: { source: 'audioFiles' }, stages }))
// Of the same length, but not the same.
const other = at('other.json')
writeFileSync(
  other,
  JSON.stringify({ source: { source: 'audioFiles' }, stages: [stages[0], { stage: 'globalPool', pooling: ['mean', 'min'] }] }),
)

/** A folder with the ten recordings. */
function corpus(name: string): string {
  mkdirSync(at(name))
  for (const file of names) cpSync(join(samples, file), at(`${name}/${file}`), { preserveTimestamps: true })
  return at(name)
}

const run = (input: string, out: string, ...more: string[]) => inside('run', pipeline, input, '--out', at(out), '--shard', '3', ...more)
const partTimes = (out: string) => new Map(parts(out).map((name) => [name, statSync(at(`${out}/${name}`), { bigint: true }).mtimeNs]))
const parts = (out: string) =>
  readdirSync(at(out))
    .filter((name) => name.startsWith('part-'))
    .sort()
const changed = (out: string, before: ReadonlyMap<string, bigint>) =>
  [...partTimes(out)].filter(([name, time]) => before.get(name) !== time).map(([name]) => name)

describe('a collection', () => {
  test('has the lines of the file, in shards; threads give the same bytes', async () => {
    const input = corpus('same')
    const whole = await inside('run', pipeline, input, '--out', at('same.jsonl'))
    const [one, two] = [
      await run(input, 'one/'),
      await outside(['run', pipeline, input, '--out', at('two/'), '--shard', '3', '--engine', 'threads']),
    ]
    expect([whole.code, one.code, two.code, one.err, two.err]).toEqual([0, 0, 0, '', ''])
    expect(parts('one')).toEqual(['part-000000.jsonl', 'part-000001.jsonl', 'part-000002.jsonl', 'part-000003.jsonl'])
    expect(
      parts('one')
        .map((name) => readFileSync(at(`one/${name}`), 'utf8'))
        .join(''),
    ).toBe(readFileSync(at('same.jsonl'), 'utf8'))
    expect(tree(at('two'))).toEqual(tree(at('one')))
    const { vectors, failures } = JSON.parse(readFileSync(at('one/collection.json'), 'utf8'))
    expect([vectors, failures, existsSync(at('one/failures.jsonl'))]).toEqual([10, 0, false])
  })

  test.each(['npy', 'csv'])('in %s, which is kept when it is made again', async (format) => {
    const input = corpus(`in-${format}`)
    expect((await run(input, `${format}/`, '--format', format)).code).toBe(0)
    const before = partTimes(format)
    expect(before.size).toBe(format === 'npy' ? 8 : 4)
    // The second time the folder is known without its slash.
    const again = await run(input, format, '--format', format)
    expect(again).toEqual({ code: 0, err: 'note: 10 of 10 inputs were done before\n' })
    expect(changed(format, before)).toEqual([])
  })

  test('is made anew where something has changed, and there alone', async () => {
    const input = corpus('change')
    await run(input, 'changed/')
    let before = partTimes('changed')
    const redone = async (...more: string[]) => {
      expect((await run(input, 'changed', ...more)).code).toBe(0)
      const all = changed('changed', before)
      before = partTimes('changed')
      rmSync(at('fresh'), { recursive: true, force: true })
      await run(input, 'fresh/', ...more)
      expect(tree(at('changed'))).toEqual(tree(at('fresh')))
      return all
    }
    copyFileSync(join(samples, 'zip-v1.wav'), join(input, names[4]!))
    expect(await redone()).toEqual(['part-000001.jsonl'])
    rmSync(at('changed/part-000002.jsonl'))
    truncateSync(at('changed/part-000003.jsonl'), 7)
    expect(await redone()).toEqual(['part-000002.jsonl', 'part-000003.jsonl'])
    copyFileSync(join(samples, 'zip-v2.wav'), join(input, 'zz.wav'))
    expect(await redone()).toEqual(['part-000003.jsonl'])
    rmSync(join(input, 'zz.wav'))
    rmSync(join(input, names[9]!))
    expect(await redone()).toEqual([])
    expect(parts('changed')).toHaveLength(3)
    expect(await redone('--format', 'csv')).toHaveLength(3)
    expect(parts('changed').every((name) => name.endsWith('.csv'))).toBe(true)
    expect(await redone()).toHaveLength(3)
  })

  test('is of one pipeline, also where it was of another in between', async () => {
    const input = corpus('back')
    await run(input, 'back-out/')
    const first = tree(at('back-out'))
    await inside('run', other, input, '--out', at('back-out/'), '--shard', '3')
    const second = tree(at('back-out'))
    expect(second.get('/part-000000.jsonl')).not.toBe(first.get('/part-000000.jsonl'))
    await run(input, 'back-out/')
    expect(tree(at('back-out'))).toEqual(first)
  })

  test('lists what failed, once, and does the rest; what the system refused is tried again', async () => {
    const input = corpus('bad')
    const [broken, missing] = [join(input, names[0]!), join(input, 'missing.wav')]
    truncateSync(broken, 3000)
    writeFileSync(join(input, names[9]!), 'no sound')
    const args = ['run', pipeline, input, missing, '--out', at('bad-out/'), '--shard', '3']
    const { code, err } = await inside(...args)
    expect([code, err.split('\n').filter((line) => line.startsWith('error:')).length]).toEqual([1, 3])
    expect(err).toContain(`note: failed: 3, as ${at('bad-out')}/failures.jsonl says`)
    const failures = () =>
      readFileSync(at('bad-out/failures.jsonl'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
    expect(failures().map(({ id }) => id)).toEqual([broken, join(input, names[9]!), missing])
    expect(failures()[2].error).toMatch(/missing\.wav.*ENOENT/)
    const before = partTimes('bad-out')
    const again = await inside(...args)
    expect([again.code, changed('bad-out', before)]).toEqual([1, ['part-000003.jsonl']])
    expect(failures()).toHaveLength(3)
    copyFileSync(join(samples, 'zip-v1.wav'), missing)
    await inside(...args)
    expect(failures().map(({ id }) => id)).toEqual([broken, join(input, names[9]!)])
  })

  test('of nothing but failures ends with 3', async () => {
    const { code, err } = await inside('run', pipeline, at('none.wav'), '--out', at('none/'))
    expect([code, err]).toEqual([3, expect.stringContaining('error: no input gave a vector\n')])
  })

  test('of a manifest, of records and of sentences is what the file would be, in threads too', { timeout: 240_000 }, async () => {
    const list = at('list.csv')
    const rows = names.map((name, i) => `w${i},${process.cwd()}/${samples}/${name},0.1,${i % 2 ? '0.4' : ''},l${i % 3}\n`)
    writeFileSync(list, `id,path,start,end,label\n${rows.join('')}`)
    const words = at('tiny.vec')
    writeFileSync(words, 'the 1 0\nsea 0 2\nrises 0 4\n')
    const records = at('records.jsonl')
    // More than a megabyte each, so that they are cut, in few words.
    const wide = ' '.repeat(4000)
    const lines = (line: (i: number) => string) => Array.from({ length: 300 }, (_, i) => line(i)).join('')
    writeFileSync(
      records,
      lines((i) => `{"id":"r${i}",${wide}"text":"The sea rises. The sea.","n":${i}}\n`),
    )
    const prose = at('prose.txt')
    writeFileSync(
      prose,
      lines((i) => `The sea rises.${wide}\nThe sea. The ${i % 7 ? '' : '\n\n\r\n  \n'}sea.\n`),
    )
    const text = ['--vectors', words]
    const cases: [string, string[], number][] = [
      ['list', ['audio', list, '--manifest', '--features', 'logMel(bands=4)', '--pool', 'mean', '--then', 'l2Normalize'], 10],
      ['records', ['text', records, ...text], 2],
      ['sentences', ['text', prose, '--by', 'sentence', ...text], 2],
      ['lines', ['text', prose, '--by', 'line', ...text], 2],
    ]
    for (const [name, args, pieces] of cases) {
      const [one, two, three] = await Promise.all([
        inside(...args, '--out', at(`${name}-1.jsonl`)),
        outside([...args, '--out', at(`${name}-2.jsonl`), '--concurrency', '2']),
        // Stretches of texts are shards without being asked for.
        outside([...args, '--out', at(`${name}-3/`), ...(name === 'list' ? ['--shard', '1'] : []), '--engine', 'threads']),
      ])
      expect([name, one.code, two.code, three.code]).toEqual([name, 0, 0, 0])
      const whole = readFileSync(at(`${name}-1.jsonl`), 'utf8')
      expect(readFileSync(at(`${name}-2.jsonl`), 'utf8') === whole, name).toBe(true)
      expect(
        parts(`${name}-3`)
          .map((part) => readFileSync(at(`${name}-3/${part}`), 'utf8'))
          .join('') === whole,
        name,
      ).toBe(true)
      expect(parts(`${name}-3`).length, name).toBeGreaterThanOrEqual(pieces)
    }
  })
})

describe('a folder', () => {
  test('is one run’s at a time; one that was killed is in nobody’s way', async () => {
    const input = corpus('locked')
    await run(input, 'lock/')
    // As a run of this very process has it.
    const { claim } = await import('../../src/runs/runFolder.ts')
    const release = claim(at('lock'))
    const refused = await run(input, 'lock/')
    expect([refused.code, refused.err]).toEqual([
      3,
      expect.stringMatching(/^error: run: expected a folder of its own, got .* another run is at work; /),
    ])
    expect((await status('lock')).state).toBe('whole')
    release()
    const [lock] = readdirSync(at('lock/.run')).filter((name) => name.startsWith('.lock'))
    expect(lock).toBe(undefined)
    expect((await run(input, 'lock/')).code).toBe(0)
  })

  test('that holds something else is left alone', async () => {
    mkdirSync(at('mine'))
    writeFileSync(at('mine/failures.jsonl'), 'mine')
    const { code, err } = await run(corpus('foreign'), 'mine')
    expect([code, err]).toEqual([
      2,
      `--out: expected an empty folder, or one that a run has begun, got ${JSON.stringify(at('mine'))} with "failures.jsonl"`,
    ])
    expect(readdirSync(at('mine'))).toEqual(['failures.jsonl'])
  })

  test('that cannot be written is named', async () => {
    writeFileSync(at('file'), '')
    const { code, err } = await run(corpus('unwritten'), 'file/x/')
    expect([code, err]).toEqual([3, expect.stringMatching(/^error: run: expected a folder that can be written, got ".*file\/x\/" \(/)])
  })
})

/** What `poolwise status` says, by its first words. */
async function status(out: string): Promise<{ [name: string]: string }> {
  const { out: text } = await outside(['status', at(out)])
  return Object.fromEntries(
    text
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/)),
  )
}

test('status tells how far a run is', { timeout: 240_000 }, async () => {
  const input = corpus('far')
  await run(input, 'far-out/')
  expect(await status('far-out')).toEqual({
    state: 'whole',
    shards: '4 of 4',
    inputs: '10 of 10',
    rate: expect.stringMatching(/^[\d.,]+ a second$/),
    vectors: '10',
    failures: '0',
  })
  renameSync(at('far-out/part-000001.jsonl'), at('gone'))
  expect(await status('far-out')).toEqual({
    state: 'no run is at work; the same command goes on',
    shards: '3 of 4',
    inputs: '7 of 10',
    rate: expect.any(String),
    vectors: '7',
    failures: '0',
  })
  truncateSync(join(input, names[9]!), 3000)
  expect((await run(input, 'far-out/')).code).toBe(1)
  expect(await status('far-out')).toMatchObject({ state: 'whole', inputs: '10 of 10', failures: '1' })
})
