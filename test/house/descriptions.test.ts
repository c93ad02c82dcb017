// What `npm run docs` writes into src is of today, and the schema of pipelines takes what pipelines take.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { Ajv } from 'ajv'
import { recipe } from 'poolwise/node'
import { beforeAll, describe, expect, test } from 'vitest'
import { listed } from '../../src/cli/list.ts'
import * as poolings from '../../src/poolings/index.ts'
import * as stages from '../../src/stages/index.ts'
import { type Descriptions, descriptions, descriptionsModule } from './descriptions.ts'
import { schemaText } from './schema.ts'
import { root } from './source.ts'

const read = (path: string) => readFileSync(join(root, path), 'utf8')
let all: Descriptions
beforeAll(() => {
  all = descriptions()
}, 60_000)

test('src/cli/descriptions.ts is of today; npm run docs writes it', () => {
  expect(read('src/cli/descriptions.ts')).toBe(descriptionsModule())
})

test('every option of every stage and pooling is declared, and says what it is for', () => {
  const made: { readonly [name: string]: object } = { ...stages, ...poolings }
  const silent = Object.values(all).flatMap((kind) =>
    Object.entries(kind).flatMap(([name, { text, options }]) => [
      ...(text === '' ? [name] : []),
      ...Object.entries(options).flatMap(([option, comment]) => (comment === '' ? [`${name}.${option}`] : [])),
    ]),
  )
  expect(silent).toEqual([])
  for (const [name, { options }] of Object.entries({ ...all.stages, ...all.poolings })) {
    const make = made[name] as { readonly options?: object }
    expect([name, Object.keys(make.options ?? {}).sort()]).toEqual([name, Object.keys(options).sort()])
  }
})

test('poolwise list says all of it in lines of a terminal', () => {
  const names = [...Object.keys(all.stages), ...Object.keys(all.poolings), ...Object.keys(all.sources), ...Object.keys(all.sinks)]
  const long = names.flatMap((name) => stripVTControlCharacters(listed(name)).split('\n')).filter((line) => [...line].length > 80)
  expect(long).toEqual([])
  expect(stripVTControlCharacters(listed('logMel'))).toContain("hop  samples, or a time such as '25ms', default 10ms")
})

describe('the schema of pipelines', () => {
  const text = schemaText()
  const valid = new Ajv({ strict: false }).compile(JSON.parse(text))
  const source = { source: 'audioFiles' }

  test('is of today; npm run docs writes it', () => {
    expect(read('src/pipeline/pipeline.schema.json')).toBe(text)
  })

  test.each([
    ...(['audio', 'text'] as const).flatMap((kind) =>
      (['similarity', 'classification'] as const).map((task): [string, unknown] => [
        `poolwise ${kind} --task ${task}`,
        recipe(kind, { task }),
      ]),
    ),
    [
      'lists, mixtures and options',
      {
        source,
        stages: [
          {
            stage: 'pool1d',
            pooling: [
              'max',
              { pooling: 'power', p: 3 },
              {
                pooling: 'mixed',
                parts: [
                  ['max', 0.5],
                  ['mean', [0.5, 0.2]],
                ],
              },
            ],
            size: '1s',
          },
        ],
        sink: { sink: 'npy', path: 'a.npy' },
      },
    ],
    [
      'learned poolings, files of tensors, own modules',
      {
        source,
        stages: [
          { stage: 'globalPool', pooling: { pooling: 'mixed', parts: ['max', 'mean'], fit: 'mix.json' } },
          { stage: 'globalPool', pooling: { pooling: 'netVlad', tensors: 'm.safetensors' } },
          { stage: 'globalPool', pooling: { pooling: 'mine', module: './mine.ts', q: 1 } },
        ],
      },
    ],
    ['names alone', { source: 'audioFiles', stages: ['logMel', 'deltas', { stage: 'globalPool', pooling: 'max' }] }],
    [
      'branches',
      {
        source,
        stages: [{ stage: 'beside', stages: [{ stage: 'rms' }, { stage: 'chain', stages: [{ stage: 'rms' }] }], weights: [1, 0.5] }],
      },
    ],
    ['chains', { source, stages: [{ stage: 'chain', stages: [{ stage: 'logMel' }, { stage: 'globalPool', pooling: 'mean' }] }] }],
  ])('takes %s', (_, definition) => {
    expect(valid(definition) || valid.errors).toBe(true)
  })

  test.each([
    ['an unknown stage', { source, stages: [{ stage: 'logmel' }] }],
    ['an unknown option', { source, stages: [{ stage: 'logMel', band: 40 }] }],
    ['a value out of range', { source, stages: [{ stage: 'logMel', bands: 0 }] }],
    ['what must be given and is not', { source, stages: [{ stage: 'pool1d', pooling: 'max' }] }],
    ['no branches', { source, stages: [{ stage: 'beside', stages: [] }] }],
    ['a branch that is none', { source, stages: [{ stage: 'beside', stages: [{ stage: 'rms' }, { stage: 'rmz' }] }] }],
    ['no pooling', { source, stages: [{ stage: 'globalPool' }] }],
    ['a pooling stage by its name alone', { source, stages: ['pool1d'] }],
    ['a source without what it must be given', { source: 'pcm', stages: [] }],
    ['an unknown source', { source: { source: 'wav' }, stages: [] }],
  ])('refuses %s', (_, definition) => {
    expect(valid(definition)).toBe(false)
  })
})
