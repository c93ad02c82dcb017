import { recipe } from 'poolwise/node'
import { describe, expect, it } from 'vitest'
import { defaultVectors } from '../../src/sources/vectors/loadVectors.ts'
import { type Labelled, parseCookies, parseDescriptions, parseGlosses, parseVerses } from './debian.ts'
import { randomOf } from './random.ts'
import { halves, questions, sentences } from './tasks.ts'
import { chosen } from './wordings.ts'

describe('readers', () => {
  it('of packages give the first of a source alone', () => {
    const dump = [
      'Package: ant\nVersion: 1\nDescription: builds Java programs\nSection: java',
      'Package: ant-doc\nSource: ant (1.0)\nDescription: how to build Java programs\nSection: doc',
      'Package: bee\nSource: hive\nSection: games\nDescription: a game of bees\nTag: role::program',
    ].join('\n\n')
    expect(parseDescriptions(`${dump}\n`)).toEqual([
      { text: 'builds Java programs', label: 'java' },
      { text: 'a game of bees', label: 'games' },
    ])
  })

  it('of fortunes leave out who said it, and what a printer would strike over', () => {
    expect(parseCookies('100% of it\nis a\b_rt.\n%\nNever.\n\t\t-- A. Nobody, "Of\n\t\t   Nothing"\n%\n')).toEqual([
      '100% of it is _rt.',
      'Never.',
    ])
  })

  it('of a dictionary leave out the license, the examples and the words that are defined', () => {
    const data = '  1 This license; "as is"\n00001740 05 n 01 cat 0 001 @ 00001 n 0000 | a beast; it purrs; "cats | dogs"; "the cat sat\n'
    expect(parseGlosses(data)).toEqual([{ text: 'a beast; it purrs', field: 5 }])
  })

  it('of verses know books with a number', () => {
    expect(parseVerses('Ge1:1 In the beginning: it was.\n\n2Sm12:3 But the poor man had nothing\n')).toEqual([
      { text: 'In the beginning: it was.', label: 'Ge' },
      { text: 'But the poor man had nothing', label: '2Sm' },
    ])
  })
})

describe('labels', () => {
  it('of sentences are the marks at their end, which are taken off', () => {
    expect(sentences('Go on. "What is it that you mean?" I will not have any of it! 3 of them are here.')).toEqual([
      { text: 'What is it that you mean', label: 'question' },
      { text: 'I will not have any of it', label: 'exclamation' },
    ])
  })

  it('of questions are their words, which are taken off', () => {
    expect(questions('And he said, Wherefore art thou here? Tell me how it was. How many?')).toEqual([
      { text: 'art thou here', label: 'why' },
      { text: 'many', label: 'how' },
    ])
  })
})

describe('halves', () => {
  const random = randomOf('texts')
  // Of words that are drawn from a thousand; two labels, one three times as frequent.
  const texts: Labelled[] = Array.from({ length: 400 }, (_, i) => ({
    text: Array.from({ length: 8 }, () => `w${Math.floor(1000 * random())}`).join(' '),
    label: i % 4 === 0 ? 'few' : 'many',
  }))
  const all = ({ choose, report }: ReturnType<typeof halves>) => [choose.train, choose.test, report.train, report.test]

  it('have as many texts of every label, and none in two places', () => {
    const parts = all(halves(texts, 'a'))
    for (const [part, count] of parts.map((part, i) => [part, [16, 33, 16, 33][i]!] as const))
      for (const label of ['few', 'many']) expect(part.filter((text) => text.label === label)).toHaveLength(count)
    expect(new Set(parts.flat().map(({ text }) => text)).size).toBe(2 * (16 + 33 + 16 + 33))
    expect(all(halves(texts, 'a', 20, 40)).map(({ length }) => length)).toEqual([20, 40, 20, 40])
  })

  it('are the same for the same seed, and others for another', () => {
    expect(halves(texts, 'a')).toEqual(halves(texts, 'a'))
    expect(halves(texts, 'b')).not.toEqual(halves(texts, 'a'))
  })

  it('hold of texts with six words in a row in common, in whatever case and between whatever marks, one', () => {
    const twins = texts.map(({ text, label }) => ({ text: `${text.toUpperCase().split(' ').slice(1, 7).join(', ')}, and more!`, label }))
    const parts = all(halves([...texts, ...twins], 'a'))
    const bare = parts.flat().map(({ text }) => text.toLowerCase().match(/\w+/g)!)
    const keys = bare.map((words) => (words.at(-1) === 'more' ? words.slice(0, 6) : words.slice(1, 7)).join(' '))
    expect(keys.length).toBeGreaterThan(190)
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('hold no text of fewer than three words', () => {
    const short = texts.map(({ label }, i) => ({ text: `${i} more`, label }))
    expect(halves([...texts, ...short], 'a').choose.train).toHaveLength(32)
    expect(
      all(halves([...texts, ...short], 'a'))
        .flat()
        .filter(({ text }) => text.endsWith('more')),
    ).toEqual([])
  })
})

describe('recipes of tasks', () => {
  it.each(['similarity', 'classification'] as const)('%s is what was chosen', (task) => {
    const { pooling = 'mean', fitted, ...tokens } = { ...chosen[task] } as { pooling?: unknown; fitted?: unknown }
    const { source, stages } = recipe('text', { task })
    expect(source).toEqual({ source: 'textFiles', ...tokens })
    expect(stages).toEqual([
      { stage: 'embed', vectors: defaultVectors },
      { stage: 'globalPool', pooling },
      ...(fitted ? [{ stage: 'removeComponents', fit: defaultVectors, count: 20, piecewise: true }] : []),
    ])
  })
})
