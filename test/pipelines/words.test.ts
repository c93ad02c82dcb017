// A pipeline in JSON, pipelines/words.json: as it is shown, as editors check it, as it runs, and what is said where it is wrong.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Ajv } from 'ajv'
import { globalPool, logMel, pool2d, power } from 'poolwise'
import { definePipeline } from 'poolwise/node'
import { lastValueFrom, toArray } from 'rxjs'
import { afterAll, describe, expect, test } from 'vitest'
import { inside } from '../cli/inside.ts'
import { outside } from '../cli/outside.ts'
import { blocksOf } from '../house/pages.ts'
import { root } from '../house/source.ts'

const path = join(root, 'pipelines/words.json')
const words = ['samples/audio/words/bat-v1.wav', 'samples/audio/words/bat-v2.wav']
const { $schema, ...pipeline } = JSON.parse(readFileSync(path, 'utf8')) as { $schema: string; stages: object[] }
const validate = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(join(dirname(path), $schema), 'utf8')))

const folder = mkdtempSync(join(tmpdir(), 'poolwise-words-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the schema that it names is the one of the package, and takes it', () => {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: { [entry: string]: unknown } }
  expect(join(dirname(path), $schema)).toBe(join(root, String(exports['./pipeline.schema.json'])))
  expect(validate({ $schema, ...pipeline }) || validate.errors).toBe(true)
})

test.each(['README.md', 'guide/pipelines.md'])('%s shows it, with the schema where a project has it', (page) => {
  const shown = JSON.parse(blocksOf(page).find(({ kind }) => kind.split(' ')[0] === 'json')!.code) as object
  expect(shown).toEqual({ $schema: './node_modules/poolwise/src/pipeline/pipeline.schema.json', ...pipeline })
})

test('poolwise run gives what its stages give in a program', async () => {
  const stages = [logMel({ bands: 40 }), pool2d('max', { size: [2, 2] }), globalPool(['mean', power({ p: 3 })])]
  const own = definePipeline({ source: { source: 'audioFiles' }, stages })
  const vectors = await lastValueFrom(own.run(words).pipe(toArray()))
  const { code, out } = await outside(['run', path, ...words])
  const [head, ...rows] = out.trim().split('\n')
  expect(code).toBe(0)
  expect(head).toMatch(/^id,label,start,end,weight,mel0-mel1\.max\.mean,/)
  const values = rows.map((row) => row.split(',').slice(5).map(Number).map(Math.fround))
  expect(values).toEqual(vectors.map((item) => ('error' in item ? item : [...item.vector])))
})

describe('a mistake is told by its file and its place', () => {
  test.each<[what: string, stage: object | string, message: string]>([
    ['an unknown stage', 'pol2d', 'stages[1]: stageFrom: unknown stage "pol2d"; did you mean "pool2d"?'],
    [
      'an unknown option',
      { stage: 'pool2d', pooling: 'max', sise: 2 },
      'stages[1].sise: pool2d: unknown option "sise"; did you mean "size"?',
    ],
    ['a wrong type', { stage: 'pool2d', pooling: 'max', size: 'two' }, 'stages[1].size: pool2d: size must be'],
    [
      'a wrong type in a list',
      { stage: 'pyramidPool', pooling: 'max', levels: [1, 'two'] },
      'stages[1].levels: pyramidPool: levels[1] must be',
    ],
    [
      'an unknown pooling in a list',
      { stage: 'globalPool', pooling: ['max', 'maxi'] },
      'stages[1].pooling[1]: globalPool: unknown pooling "maxi"',
    ],
    [
      'a wrong type of a pooling in a list',
      { stage: 'globalPool', pooling: ['max', { pooling: 'power', p: 'three' }] },
      'stages[1].pooling[1]: power: p must be a number > 0, got "three"',
    ],
    [
      'in a stage of stages',
      { stage: 'chain', stages: ['deltas', { stage: 'pool1d', pooling: 'max', size: 0 }] },
      'stages[1].stages[1].size: pool1d: size must be',
    ],
  ])('%s', async (what, stage, message) => {
    const file = join(folder, `${what.replaceAll(' ', '-')}.json`)
    const wrong = { ...pipeline, stages: pipeline.stages.with(1, stage as object) }
    writeFileSync(file, JSON.stringify(wrong))
    const { code, err } = await inside('run', file, ...words)
    expect(code).toBe(2)
    expect(err).toContain(`${file}: ${message}`)
    expect(validate(wrong)).toBe(false)
  })
})
