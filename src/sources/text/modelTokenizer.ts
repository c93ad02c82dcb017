import { type Frames, type Layout, layoutOf } from '../../core/frames.ts'
import type { StaticModel } from '../models/staticModel.ts'
import type { TransformerModel } from '../models/wholeTexts.ts'
import { fates } from './looked.ts'
import { Passages } from './passages.ts'
import { sentenceStarts, sentencesOf } from './sentenceStarts.ts'
import { layoutsOf, type Tokenizer, type Tokens, type WholeReader } from './tokens.ts'

const made = new WeakMap<StaticModel, Tokenizer>()

/**
 * Text → the tokens of a model, and their vectors in the place of ids. A text at hand is tokenized in one go, one that streams passage by passage, which is the same where white space
 * only divides words; a sentence as a text of its own, as models read them.
 */
export function modelTokenizer(model: StaticModel | TransformerModel): Tokenizer | WholeReader {
  if ('whole' in model) return { gathering: () => new Passages(), sentences: sentencesOf, whole: model.whole }
  const before = made.get(model)
  if (before) return before
  const tokenizer = make(model)
  made.set(model, tokenizer)
  return tokenizer
}

function make(model: StaticModel): Tokenizer {
  // Of one layout of ids, one layout of vectors: what is planned for one sequence is planned for all.
  const shown = new WeakMap<Layout, Layout>()
  const layoutFor = (ids: Layout): Layout => {
    let layout = shown.get(ids)
    if (layout === undefined) {
      layout = ids.length === undefined ? model.layout : { ...model.layout, length: ids.length }
      shown.set(ids, layout)
    }
    return layout
  }
  return {
    ...layoutsOf(layoutOf({ unit: 'token', names: { bins: [model.name] } })),
    gathering: () => new Passages(),
    passages: (text) => (text === '' ? [] : [{ line: 1, text }]),
    tokens: (text) => tokensOf(model, text, sentenceStarts(text)),
    sentences: sentencesOf,
    given: (ids: Frames) => ({ ...ids, layout: layoutFor(ids.layout), data: model.rows(ids.data) }),
  }
}

function tokensOf(model: StaticModel, text: string, starts: readonly number[]): Tokens {
  const tokens = model.tokens(text)
  const { length } = tokens
  // Filled in a loop: `from` with a function takes several times as long, and this runs for every text.
  const [ids, weights, looked] = [new Float32Array(length), new Float32Array(length), new Uint8Array(length)]
  const sentences: { at: number; line: number }[] = []
  let next = 0
  for (let at = 0; at < length; at++) {
    const { id, from, known } = tokens[at]!
    ids[at] = id
    weights[at] = model.sees(id) ? 1 : 0
    looked[at] = known ? fates.found : fates.missing
    if (next === starts.length || from < starts[next]!) continue
    sentences.push({ at, line: 0 })
    while (next < starts.length && from >= starts[next]!) next++
  }
  return { ids, weights, looked, sentences }
}
