import type { Observable } from 'rxjs'
import { number as checkNumber, refusal, show, tried } from '../../core/check.ts'
import { type Frames, type Layout, layoutOf } from '../../core/frames.ts'
import { checked, either, type Given, number, type Options, oneOf, type Read, read } from '../../core/options.ts'
import { linesOf } from '../../files/lines.ts'
import type { TensorFile } from '../../files/safetensors.ts'
import { parseCounts } from '../../learning/counts.ts'
import type { Vectors } from '../../stages/vectors/embed.ts'
import type { StaticModel } from '../models/staticModel.ts'
import type { TransformerModel } from '../models/wholeTexts.ts'
import { loadVectors } from '../vectors/loadVectors.ts'
import { engines } from './engine.ts'
import { fates } from './looked.ts'
import { lookupIn } from './lookup.ts'
import { Gatherer, type Gathering, type Paragraph, paragraphs } from './paragraphs.ts'
import { plainText } from './plain.ts'

const weighings = ['sif', 'usif'] as const

/** Of what a token weighs, without its vocabulary: JSON can carry all of them. */
export const weightOptions = {
  /** 'mask' gives stop words (the, of, not, …) weight 0; a number multiplies what they weigh. */
  stopWords: either(number({ min: 0, max: 1 }), oneOf('keep', 'mask'), (value) => typeof value === 'number').default('keep'),
  /** 'mask' gives punctuation weight 0. */
  punctuation: oneOf('mask', 'keep').default('mask'),
}

/** How words weigh by their rank alone. */
export const weighing = oneOf(...weighings)

export const tokenOptions = {
  /** A sentence model, from {@link staticModel} or {@link transformerModel}, in place of word vectors: frames are then its tokens' vectors, and no {@link embed} is needed. Sentences are those of any language. */
  model: checked<StaticModel | TransformerModel>({ type: 'object' }, (who, name, value) => {
    if (tried(value as TransformerModel, ({ whole, layout }) => typeof whole === 'function' && layout.bins > 0))
      return value as TransformerModel
    if (
      tried(value as StaticModel, ({ tokens, rows, layout }) => [tokens, rows].every((of) => typeof of === 'function') && layout.bins > 0)
    )
      return value as StaticModel
    throw refusal(who, `${name} must be a static model, such as await staticModel('./potion-base-8M')`, value)
  }).optional('there is none'),
  /** The vocabulary that gives the ids. */
  vectors: checked<Vectors>({ type: 'object' }, (who, name, value) => {
    if (tried(value as Vectors, ({ matrix, indexOf }) => matrix instanceof Float32Array && typeof indexOf === 'function'))
      return value as Vectors
    throw refusal(who, `${name} must be word vectors, such as await loadVectors()`, value)
  }).optional('await loadVectors()'),
  ...weightOptions,
  /**
   * What a known word weighs. 'sif' weighs rare words more: a / (a + p), a = 10⁻³, p from the word's rank by Zipf's law (see {@link sif}).
   * 'usif' is a / (a/2 + p), a from the size of the vocabulary and sentences of 11 words (Ethayarajh 2018).
   * A function gets the word as the vocabulary writes it, and its rank from 0.
   */
  weights: either(
    weighing,
    checked<(word: string, rank: number) => number>({}, (_who, _name, value) => value as (word: string, rank: number) => number),
    (value) => typeof value !== 'function',
  ).optional('1'),
}

export type TokenOptions = Given<typeof tokenOptions>

/**
 * Options of a source of text, read: those of word vectors do not go with a model.
 * @throws TypeError for a mix of them; what the options throw
 */
export function readTokens<Of extends Options>(who: string, of: Of, given: unknown): Read<Of> {
  const values = read(who, of, given)
  if (values.model !== undefined) {
    const others = (['vectors', 'stopWords', 'punctuation', 'weights'] as const).filter(
      (name) => (given as Record<string, unknown>)[name] !== undefined,
    )
    if (others.length > 0) throw new TypeError(`${who}: expected a model or options of word vectors, got model and ${others.join(', ')}`)
  }
  return values
}

/** Tokens of one text. */
export interface Tokens {
  /** Rows of the vocabulary; −1 for what it does not hold. */
  readonly ids: Float32Array
  readonly weights: Float32Array
  /** What became of each, as {@link fates} has it. */
  readonly looked: Uint8Array
  /** The first token of each sentence, and the line it stands in, from 0. */
  readonly sentences: readonly { readonly at: number; readonly line: number }[]
}

/** One sentence of a text: its tokens as they stand among the others, or a text of its own. */
export type Sentence = {
  /** The line it begins in, from 0. */
  readonly line: number
} & ({ readonly tokens: Tokens } | { readonly text: string })

/** What reads texts as a whole. */
export interface WholeReader {
  gathering(): Gathering
  sentences(text: string): Iterable<Sentence & { readonly text: string }>
  whole(text: string): Observable<Frames>
}

export interface Tokenizer {
  /** The layout of frames of ids; without a length. */
  readonly layout: Layout
  /** The layout of a sequence of so many tokens: the same object for short ones of one length, so that what is planned for one is planned for all. */
  sized(length: number): Layout
  /** Gathers the lines of a stream to what is tokenized at once. */
  gathering(): Gathering
  /** A text at hand, as what is tokenized at once. */
  passages(text: string): Iterable<Paragraph>
  tokens(text: string): Tokens
  sentences(text: string): Iterable<Sentence>
  /** What is given for a block of ids. */
  given(ids: Frames): Frames
}

/** What one distinct token is, whatever text it stands in. */
interface Lexeme {
  readonly row: number
  readonly weight: number
  /** White space that makes a token: line ends and tabs. */
  readonly space: boolean
  /** Line ends in it. */
  readonly breaks: number
  /** Whether it is looked up at all. */
  readonly sought: boolean
  /** An unknown word: what it is written out as depends on its neighbors ("'s" is "is" or "us"). */
  readonly spelled: boolean
}

/**
 * Weights by smooth inverse frequency: a / (a + p), p a word's probability.
 *
 * @param counts how often each word occurs, in any unit, or what `toCounts` has counted. A word that is missing weighs 0: with p = 0 it would weigh 1, more than any other.
 * @source Arora, Liang, Ma 2017, A Simple but Tough-to-Beat Baseline for Sentence Embeddings
 * @throws RangeError for counts and an `a` that are no finite numbers > 0; TypeError for weights that are no counts
 * @example
 * textFiles('*.txt', { weights: sif(new Map([['the', 300], ['sea', 2]])) })
 */
export function sif(counts: ReadonlyMap<string, number> | TensorFile, a = 1e-3): (word: string, rank: number) => number {
  checkNumber('sif', 'a', a, { above: 0 })
  const byRow = !(counts instanceof Map)
  const all: ReadonlyMap<string | number, number> = byRow ? parseCounts('sif', counts as TensorFile).counts : counts
  let total = 0
  for (const [word, count] of all) {
    if (!(typeof count === 'number' && count > 0 && count < Infinity))
      throw refusal('sif', `counts must be finite numbers > 0, also for ${show(word)}`, count)
    total += count
  }
  return (word, rank) => {
    const count = all.get(byRow ? rank : word)
    return count === undefined ? 0 : a / (a + count / total)
  }
}

/** Weights where only the order of frequency is known: p of rank r of n is 1 / ((r + 1)·(1 + 1/2 + … + 1/n)), by Zipf's law. */
function byRank(how: (typeof weighings)[number], words: number): (word: string, rank: number) => number {
  let harmonic = 0
  for (let rank = words; rank > 0; rank--) harmonic += 1 / rank
  const p = (rank: number) => 1 / ((rank + 1) * harmonic)
  if (how === 'sif') return (_, rank) => 1e-3 / (1e-3 + p(rank))
  // The share α of words that a random sentence of 11 is expected to hold by chance alone, and from it a = (1 − α) / (α·n / 2).
  const chance = 1 - (1 - 1 / words) ** 11
  const alpha = Math.max(1, Math.floor(1 / (chance * harmonic))) / words
  const a = (1 - alpha) / ((alpha * words) / 2)
  return (_, rank) => a / (a / 2 + p(rank))
}

// The longest run without white space that is read as one. The tokenizer's time grows with its square, and no word is that long.
const run = 256
const runs = new RegExp(`\\S{${run}}(?=\\S)`, 'gu')

/** A text without longer runs. */
export function breakable(text: string): string {
  // Nearly always there is a space before a run could be too long, which is seen at once.
  for (let space = -1; text.length - 1 - space > run; ) {
    const next = text.lastIndexOf(' ', space + 1 + run)
    if (next <= space) return text.replace(runs, '$& ')
    space = next
  }
  return text
}

// Tokens in a sequence whose layout is kept.
const short = 512

// Distinct tokens that the engine may remember, its 87,592 own ones included.
const memory = 2 ** 19

/**
 * Text → vocabulary ids, by wink-nlp's tokenizer and sentence boundaries.
 *
 * A token's id is the row of its lower-cased form, else of the form as written, else of what the tokenizer writes out for it: without that, a vocabulary that lacks "n't"
 * could not tell "don't" from "do". A text is plain already ({@link plainText}), and so are the vocabulary's words taken; a word that it has without accents only is found so. Unknown words, line ends and tabs weigh 0, and punctuation and stop words where masked.
 *
 * @throws Error that names the packages to install where they are missing
 */
export async function tokenizer(who: string, options: Read<typeof tokenOptions>): Promise<Tokenizer> {
  const current = await engines(who)
  const vectors = options.vectors ?? (await loadVectors())
  const { stopWords, punctuation, weights: given = () => 1 } = options
  const weigh = typeof given === 'string' ? byRank(given, vectors.words) : given
  const { row: rowOf, familiar } = lookupIn(vectors)
  const lighter = stopWords === 'keep' ? 1 : stopWords === 'mask' ? 0 : stopWords
  let engine = current()
  let lexemes = new Map<number, Lexeme>()
  let spelled = new Map<string, number | undefined>()

  const lexeme = (value: string, type: string): Lexeme => {
    const space = type === 'tabCRLF'
    const row = rowOf(value) ?? -1
    const masked = space || (type === 'punctuation' && punctuation === 'mask')
    const weight = masked || row < 0 ? 0 : weightOf(row)
    return { row, weight, space, breaks: space ? value.split('\n').length - 1 : 0, sought: !masked, spelled: row < 0 && !masked }
  }
  /** The row of what a token is written out as; asking the whole vocabulary each time would cost more than the rest. */
  const writtenRow = (normal: string): number | undefined => {
    if (!spelled.has(normal)) spelled.set(normal, vectors.indexOf(normal))
    return spelled.get(normal)
  }
  const weightOf = (row: number): number => {
    const word = vectors.wordAt(row)!
    const weight = weigh(word, row)
    if (weight >= 0 && weight < Infinity) return weight
    throw refusal(who, `weights must give finite numbers ≥ 0, also for ${show(word)}`, weight)
  }

  const gathering = () => new Gatherer(plainText)
  return {
    ...layoutsOf(layoutOf({ unit: 'token', names: { bins: [vectors.name] } }, who)),
    gathering,
    passages: (text) => paragraphs(linesOf(text), gathering()),
    tokens,
    sentences: (text) => sentencesIn(tokens(text)),
    given: (ids) => ids,
  }

  function tokens(text: string): Tokens {
    if (engine !== current()) {
      engine = current()
      lexemes = new Map()
      spelled = new Map()
    }
    const { nlp } = engine
    const { its } = nlp
    const doc = nlp.readDoc(breakable(familiar(text)))
    const all = doc.tokens()
    const unique = all.out(its.uniqueId) as number[]
    const stops = all.out(its.stopWordFlag) as boolean[]
    const ids = new Float32Array(unique.length)
    const weights = new Float32Array(unique.length)
    const looked = new Uint8Array(unique.length)
    const found = unique.map((id, i) => {
      let known = lexemes.get(id)
      if (known === undefined) {
        const item = all.itemAt(i)
        known = lexeme(item.out(), item.out(its.type))
        lexemes.set(id, known)
        if (id > memory) engine.full = true
      }
      const row = known.spelled ? writtenRow(all.itemAt(i).out(its.normal) as string) : undefined
      ids[i] = row ?? known.row
      // Vectors that leave out "a" and "I" do so since these say nothing.
      looked[i] = !known.sought || (ids[i]! < 0 && stops[i]) ? fates.passed : ids[i]! < 0 ? fates.missing : fates.found
      weights[i] = (stops[i] ? lighter : 1) * (row === undefined ? known.weight : weightOf(row))
      return known
    })
    return { ids, weights, looked, sentences: sentences(found, doc.sentences().out(its.span) as unknown as [number, number][]) }
  }
}

/** A layout without a length, and with one. */
export function layoutsOf(layout: Layout): Pick<Tokenizer, 'layout' | 'sized'> {
  const layouts = Array.from({ length: short }, (_, length): Layout => ({ ...layout, length }))
  return { layout, sized: (length) => layouts[length] ?? { ...layout, length } }
}

/** Each sentence, its tokens as they stand among the others. */
function* sentencesIn({ ids, weights, looked, sentences }: Tokens): Generator<Sentence, void, undefined> {
  for (const [i, { at, line }] of sentences.entries()) {
    const end = sentences[i + 1]?.at ?? ids.length
    const part = { ids: ids.subarray(at, end), weights: weights.subarray(at, end), looked: looked.subarray(at, end) }
    yield { line, tokens: { ...part, sentences: [{ at: 0, line: 0 }] } }
  }
}

/** Where sentences begin: at their first token that is not white space, so that a line end stays with what it ends. */
function sentences(found: readonly Lexeme[], spans: readonly (readonly [from: number, to: number])[]): Tokens['sentences'] {
  const all: { at: number; line: number }[] = []
  let line = 0
  for (const [from, to] of spans) {
    let begun = false
    for (let i = from; i <= to; i++) {
      if (!begun && !found[i]!.space) {
        all.push({ at: i, line })
        begun = true
      }
      line += found[i]!.breaks
    }
  }
  return all
}

/** Tokens as one block of frames; marks the beginning of each sentence. */
export function framesOf({ ids, weights, sentences }: Omit<Tokens, 'looked'>, layout: Layout, start: number): Frames {
  const boundaries = new Uint8Array(ids.length)
  for (const { at } of sentences) boundaries[at] = 1
  return { layout, start, length: ids.length, data: ids, weights, boundaries }
}
