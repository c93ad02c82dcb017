import { recipe } from 'poolwise/node'
import { describe, expect, test } from 'vitest'
import { mean } from './bootstrap.ts'
import { choice, figures, intervalOf, moreOf, type Row } from './choice.ts'
import { asManner, asSpeaker, asWord, labelled, type Table } from './labels.ts'
import { drawn, manners, phrases, speakers } from './manners.ts'
import { randomOf } from './random.ts'
import { recipes } from './recipes.ts'
import { voices, words } from './voices.ts'

const samples = new Float32Array()
const told = speakers.flatMap((speaker) =>
  Object.keys(manners).flatMap((manner) => phrases.map((phrase) => ({ speaker, manner, phrase, samples }))),
)

describe('splits', () => {
  const splits = {
    words: { items: voices.flatMap((voice) => [...words.keys()].map((word) => asWord({ voice, word, samples }))), axis: 'row' },
    manners: { items: told.map(asManner), axis: 'row' },
    speakers: { items: told.map(asSpeaker), axis: 'column' },
  } as const

  test.each(['words', 'manners', 'speakers'] as const)('%s: no voice, or for speakers no phrase, both trains and is tried', (name) => {
    const { items, axis } = splits[name]
    const foldsOf = (key: 'row' | 'column' | 'label', value: string) =>
      new Set(items.filter((item) => item[key] === value).map(({ fold }) => fold)).size
    for (const value of new Set(items.map((item) => item[axis]))) expect([value, foldsOf(axis, value)]).toEqual([value, 1])
    // And whatever is asked for was trained on.
    for (const { label } of items.slice(0, 60)) expect(foldsOf('label', label)).toBeGreaterThan(1)
  })

  test('voices of one source are in one fold of words', () => {
    for (const voice of voices) expect(asWord({ voice, word: 'one', samples }).fold).toBe(voice.source)
  })

  test('no speaker of phrases is in both parts', () => {
    const names = (part: string) => speakers.filter((speaker) => speaker.part === part).map(({ name }) => name.replace(/^\S+ /, ''))
    expect(names('choose').filter((name) => names('report').includes(name))).toEqual([])
    expect(names('choose')).toHaveLength(names('report').length)
  })
})

describe('labelled', () => {
  const item = (label: string, fold: string, row: string, column: string) => ({ label, fold, row, column })
  const toward = (label: string) => Float32Array.of(label === 'a' ? 1 : -1, 0.5)

  test('a row a voice, a column what it says, the mean over manners', () => {
    const items = ['x', 'y'].flatMap((voice) => ['1', '2'].flatMap((said) => ['a', 'b'].map((label) => item(label, voice, voice, said))))
    // The last is heard as another.
    const vectors = items.map(({ label }, i) => toward(i === items.length - 1 ? 'a' : label))
    expect(labelled(items, vectors)).toEqual([
      [1, 1],
      [1, 0.5],
    ])
  })

  test('a label that only its own fold has is never given', () => {
    const items = [
      item('a', '1', 'x', ''),
      item('b', '1', 'x', ''),
      item('a', '2', 'y', ''),
      item('b', '2', 'y', ''),
      item('c', '3', 'z', ''),
      item('c', '3', 'z', ''),
    ]
    expect(labelled(items, [toward('a'), toward('b'), toward('a'), toward('b'), Float32Array.of(0, 9), Float32Array.of(0, 9)])).toEqual([
      [1],
      [1],
      [0],
    ])
  })
})

describe('manners', () => {
  test.each(Object.keys(manners))('%s: draws are about their middle', (manner) => {
    const random = randomOf(manner)
    const draws = Array.from({ length: 400 }, () => drawn(manner, random))
    const middle = manners[manner]!
    for (const [key, deviation] of Object.entries({ rate: 0.08, pitch: 0.08, range: 0.25 }) as ['rate' | 'pitch' | 'range', number][]) {
      const logs = draws.map((draw) => Math.log(draw[key] / middle[key]))
      // Of 400 draws a mean is off by a twentieth of the deviation, and the deviation by a 28th.
      expect(Math.abs(mean(logs))).toBeLessThan(deviation / 5)
      expect(Math.abs(Math.sqrt(mean(logs.map((x) => x * x))) / deviation - 1)).toBeLessThan(0.15)
    }
    expect(Math.abs(mean(draws.map(({ volume }) => volume)) - middle.volume)).toBeLessThan(0.6)
  })
})

test.each(['similarity', 'classification'] as const)('what poolwise audio does for %s is among what is compared', (task) => {
  const { stages } = recipe('audio', { task })
  expect(recipes.map((one) => one.stages.map(({ spec }) => spec))).toContainEqual(stages)
})

describe('choice', () => {
  const table = (...rows: number[][]): Table => rows
  const row = (found: Table): Row => ({
    recipe: { name: '', stages: [] },
    values: 1,
    scores: { found: { all: found, under: [] }, word: found, speaker: found, manner: found },
  })
  const high = table([1, 1, 0, 1], [1, 1, 1, 1])
  /** Not below by chance: each voice and each word is. */
  const low = high.map((voice) => voice.map((x) => x - 0.5))
  const near = table([1, 1, 0, 1], [1, 0, 1, 1])

  test.each(['similarity', 'classification'] as const)('%s: the highest, and what may be as high', (task) => {
    const [best, worse, other] = [row(high), row(low), row(near)]
    expect(choice([worse, best, other], figures[task])).toEqual({ winner: best, asGood: new Set([other]) })
    expect(choice([worse], figures[task])).toEqual({ winner: worse, asGood: new Set() })
  })

  test('figures are means, and differences are drawn as pairs', () => {
    const [more, less] = [row(high), row(low)]
    expect(intervalOf(figures.similarity, more).value).toBe(7 / 8)
    const scores = { ...more.scores, word: table([0, 0], [0, 1]), manner: table([0, 0, 1, 0], [0, 0, 0, 0]) }
    expect(intervalOf(figures.classification, { ...more, scores }).value).toBeCloseTo((1 / 4 + 7 / 8 + 1 / 8) / 3, 12)
    for (const figure of Object.values(figures))
      expect(moreOf(figure, more, less)).toMatchObject({ low: expect.closeTo(0.5), high: expect.closeTo(0.5) })
  })
})
