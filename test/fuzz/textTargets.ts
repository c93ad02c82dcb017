import type { Observable } from 'rxjs'
import { vectorsOf } from '../../src/index.ts'
import type { Sequence } from '../../src/streams/eachSequence.ts'
import { jsonl, textStream } from '../../src/text.ts'
import { type Bytes, damaged, joined, pieces } from './bytewise.ts'
import type { Draws } from './draws.ts'
import { heard } from './hearing.ts'
import { must } from './judge.ts'
import type { Target } from './target.ts'

const words = ['the', 'sea', 'bread', 'tide', 'rises', 'naive', '.', 'moon']
export const vectors = vectorsOf(
  'few',
  words,
  Float32Array.from({ length: 2 * words.length }, (_, i) => i),
)

/** Letters that texts are damaged with. */
const odd = [
  'ﬁsh',
  'co\u00adop',
  'a\u200bb',
  'naïve',
  'Ｚ',
  '😀',
  '👩‍🔬',
  '\u0000',
  '\ud83d',
  '"',
  '\\',
  '\r',
  '\t',
  '\u2028',
  '{',
  '}',
  ',',
  '1e999',
]

export const textOf = (draws: Draws): string =>
  draws.list(draws.below(9), () => (draws.chance(0.8) ? draws.pick(words) : draws.pick(odd))).join(draws.pick([' ', ' ', '', ', ']))

interface Line {
  readonly bytes: Uint8Array
  /** The id; null where the line is an error; undefined where it is none at all. */
  readonly id: string | null | undefined
}

const utf8 = (text: string) => new TextEncoder().encode(text)

/** A line of JSON Lines, and what should come of it. `place` is its id where it has none. */
function jsonLine(draws: Draws, place: string): Line {
  const text = JSON.stringify(textOf(draws))
  const record = (id: string): Uint8Array =>
    utf8(draws.chance(0.5) ? `{"id": ${id}, "text": ${text}}` : `{"text":${text},"more":[1,{}],"id":${id}}`)
  return draws.pick<() => Line>([
    () => {
      const id = textOf(draws) || 'x'
      return { bytes: record(JSON.stringify(id)), id }
    },
    () => {
      const digits = `${draws.between(1, 9)}${draws.list(draws.below(24), () => draws.below(10)).join('')}`
      return { bytes: record(digits), id: digits }
    },
    () => ({ bytes: utf8(`{"text": ${text}}`), id: place }),
    () => ({ bytes: record(draws.pick(['true', '[]', '{}'])), id: null }),
    () => ({
      bytes: utf8(
        draws.pick([
          '{"id": "a"}',
          '{"id": "a", "text": 3}',
          '{"text": null}',
          '[]',
          'null',
          '3',
          '"text"',
          '{"text": "a"',
          '{text: 1}',
          '[',
        ]),
      ),
      id: null,
    }),
    () => ({ bytes: joined(utf8('{"text": "'), Uint8Array.of(0xff, 0xc0), utf8('"}')), id: null }),
    () => ({ bytes: utf8(draws.pick(['', ' ', '\t', '\r'])), id: undefined }),
  ])()
}

interface Came {
  readonly id: string
  readonly error?: unknown
}

/** All sequences, each with its frames looked at; an error of one is its own. */
export async function sequences(source: Observable<Sequence>): Promise<Came[]> {
  const all: Sequence[] = []
  await new Promise<void>((resolve, reject) => source.subscribe({ next: (one) => all.push(one), error: reject, complete: resolve }))
  const came: Came[] = []
  for (const { id, frames } of all) {
    const { samples, error } = await heard(frames)
    const wrong = samples.findIndex((row) => !(Number.isInteger(row) && row >= -1 && row < words.length))
    must(wrong < 0, () => `token ${wrong} is row ${samples[wrong]}`)
    came.push({ id, ...(error !== undefined && { error }) })
  }
  return came
}

export const throwFirst = (came: readonly Came[]) => {
  const failed = came.find(({ error }) => error !== undefined)
  if (failed) throw failed.error
}

export const jsonlTarget: Target = {
  name: 'jsonl',
  says: /^jsonl: /,
  open: () => async (draws, note) => {
    const lines = draws.list(draws.below(7), (i) => jsonLine(draws, `stdin:${i + 1}`))
    const bytes = joined(...lines.flatMap((line) => [line.bytes, utf8(draws.chance(0.1) ? '\r\n' : '\n')]))
    const broken = draws.chance(0.4)
    const input = broken ? damaged(bytes, draws) : bytes
    note(broken ? 'damaged' : `lines of ids ${JSON.stringify(lines.map(({ id }) => id))}`)
    const came = await sequences(jsonl(pieces(input, draws.cuts(input.length, 4)), { vectors }))
    if (!broken) {
      const expected = lines.filter(({ id }) => id !== undefined)
      must(came.length === expected.length, () => `${came.length} sequences of ${expected.length}`)
      expected.forEach(({ id }, i) => {
        const { id: got, error } = came[i]!
        must(
          (error !== undefined) === (id === null),
          () => `sequence ${i}, ${JSON.stringify(got)}: ${error ? `an error, ${error}` : 'no error'}`,
        )
        must(id === null || got === id, () => `id ${JSON.stringify(got)}, not ${JSON.stringify(id)}`)
      })
    }
    throwFirst(came)
  },
}

const text = (unit: 'document' | 'line' | 'sentence'): Target => ({
  name: `text-${unit}`,
  says: /^textStream: /,
  open: () => async (draws) => {
    const bytes: Bytes = utf8(draws.list(draws.below(6), () => textOf(draws)).join(draws.pick(['\n', '\n\n', '\r\n', ' '])))
    const input = draws.chance(0.6) ? damaged(bytes, draws) : bytes
    throwFirst(await sequences(textStream(pieces(input, draws.cuts(input.length, 4)), { vectors, unit })))
  },
})

export const textTargets: readonly Target[] = [text('document'), text('line'), text('sentence')]
