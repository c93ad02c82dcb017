import { staticModel } from '../../src/index.ts'
import { bpe, type Json, type Making, modelOf, unigram, wordPiece } from '../sources/models/tiny.ts'
import { damaged } from './bytewise.ts'
import { must } from './judge.ts'
import { jsonNonsense, warped } from './nonsense.ts'
import type { Target } from './target.ts'
import { textOf } from './textTargets.ts'

const tokenizers: readonly Json[] = [wordPiece(), bpe(), unigram(false), unigram(true)]
const makings: readonly Making[] = [
  { layout: 'model2vec', normalize: true },
  { layout: 'model2vec', kind: 'I8', mapping: true, weights: true },
  { layout: 'sentence-transformers', kind: 'F16' },
]
const parse = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as unknown

/** A static model with one file of its damaged or warped is refused, or its tokens have rows that are finite, and places in order within the text. */
export const modelTarget: Target = {
  name: 'model',
  says: /^(?:staticModel|sentencePooling|model\/\S+): /,
  open: () => async (draws, note) => {
    const { files } = modelOf(draws.pick(tokenizers), draws.pick(makings))
    const path = draws.pick(Object.keys(files))
    const json = path.endsWith('.json') && draws.chance(0.8)
    const change = json ? warped(parse(files[path]!), draws, jsonNonsense) : undefined
    const file = change ? new TextEncoder().encode(JSON.stringify(change.value)) : damaged(files[path]!, draws)
    note(`${path}, ${change?.what ?? 'damaged'}`)
    const model = await staticModel({ ...files, [path]: file as Uint8Array })
    const text = textOf(draws)
    const tokens = model.tokens(text)
    const places = tokens.flatMap(({ from, to }) => [from, to])
    must(
      places.every((place) => place >= 0 && place <= text.length),
      () => `places ${places} in ${text.length} letters`,
    )
    must(
      tokens.every(({ from, to }, i) => from <= to && from >= (tokens[i - 1]?.from ?? 0)),
      () => `places ${places}`,
    )
    must(model.frames(text).data.every(Number.isFinite), () => 'numbers that are not finite')
  },
}
