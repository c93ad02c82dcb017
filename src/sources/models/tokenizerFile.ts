import { DataError, show } from '../../core/check.ts'
import type { Spelling, Writing } from './pieces.ts'

/** An object of parsed JSON. */
export interface Plain {
  readonly [key: string]: unknown
}

export function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const models = ['WordPiece', 'BPE', 'Unigram', 'WordLevel'] as const
// A vocabulary of more is none that anybody has trained, and ids travel as float32, which is exact up to here.
const most = 2 ** 24

/**
 * A `tokenizer.json` whose parts are what the package and we take for granted: it checks little, and what it does not know it may read as something else.
 * @throws DataError that names the part
 */
export function checkedTokenizer(who: string, json: unknown, where: string): Plain {
  const bad = (expected: string, got: unknown) => new DataError(`${who}: expected ${expected} in ${where}, got ${show(got)}`)
  if (!isPlain(json)) throw bad('a tokenizer as an object', json)
  const { model } = json
  if (!isPlain(model)) throw bad('a tokenizer with its model', model)
  const type = model.type ?? typeOf(model)
  if (!models.includes(type as (typeof models)[number])) throw bad(`a tokenizer model of ${models.join(', ')}`, type)
  const entries = vocabularyOf(model, type === 'Unigram')
  if (entries === undefined || entries.length === 0) throw bad(`the vocabulary of a ${type} model`, model.vocab)
  for (const [token, number] of entries) {
    if (typeof token !== 'string' || (type === 'Unigram' ? !Number.isFinite(number) : !isId(number)))
      throw bad(type === 'Unigram' ? 'tokens with finite scores' : `ids below ${most}`, [token, number])
  }
  if (type === 'Unigram') {
    const { unk_id: unknown } = model
    if (unknown != null && !(isId(unknown) && unknown < entries.length)) throw bad('unk_id as the place of a token', unknown)
    if (model.byte_fallback === true) throw bad('a Unigram model without byte_fallback', true)
  }
  if (type === 'BPE') {
    for (const option of ['continuing_subword_prefix', 'dropout'])
      if (model[option]) throw bad(`a BPE model without ${option}`, model[option])
    if (!Array.isArray(model.merges)) throw bad('the merges of a BPE model', model.merges)
  }
  for (const { type: kind, length } of parts(json.pre_tokenizer)) {
    if (kind === 'FixedLength' && !(isId(length) && length > 0)) throw bad('FixedLength with a length ≥ 1', length)
  }
  return { ...json, model: { ...model, type } }
}

/** What a model is that does not say so, as old files do. */
function typeOf({ vocab, merges, continuing_subword_prefix: prefix }: Plain): string {
  if (Array.isArray(vocab)) return 'Unigram'
  return merges === undefined ? (prefix === undefined ? 'WordLevel' : 'WordPiece') : 'BPE'
}

function vocabularyOf({ vocab }: Plain, list: boolean): readonly (readonly [unknown, unknown])[] | undefined {
  if (!list) return isPlain(vocab) ? Object.entries(vocab) : undefined
  return Array.isArray(vocab) && vocab.every((pair) => Array.isArray(pair) && pair.length === 2) ? vocab : undefined
}

export function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < most
}

/** A normalizer or a pre-tokenizer, those of a sequence one by one. */
function parts(given: unknown): readonly Plain[] {
  if (!isPlain(given)) return []
  const inner = given.normalizers ?? given.pretokenizers
  return given.type === 'Sequence' && Array.isArray(inner) ? inner.flatMap(parts) : [given]
}

// Ideographs of two units.
const rareHan = /[\u{20000}-\u{2a6df}\u{2a700}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu

/**
 * What a text must be for the package to normalize it as the tokenizers do that models are trained with: they put spaces around ideographs of two units too, and make letters small
 * one by one, so that a sigma at the end of a word is one as any other.
 * @source github.com/huggingface/tokenizers, BertNormalizer and Lowercase
 */
export function mended({ normalizer }: Plain): (text: string) => string {
  const all = parts(normalizer)
  const apart = all.some(({ type, handle_chinese_chars: han }) => type === 'BertNormalizer' && han === true)
  const small = all.some(({ type, lowercase }) => type === 'Lowercase' || (type === 'BertNormalizer' && lowercase === true))
  return (text) => {
    const spaced = apart ? text.replace(rareHan, ' $& ') : text
    return small ? spaced.replaceAll('Σ', 'σ') : spaced
  }
}

export function spellingOf({ normalizer, pre_tokenizer: cutting }: Plain): Spelling {
  const cutters = parts(cutting)
  const sign = signOf(cutters) ?? (parts(normalizer).some(({ content }) => content === '▁') ? '▁' : undefined)
  return { bytes: cutters.some(({ type }) => type === 'ByteLevel'), ...(sign !== undefined && { space: sign }) }
}

function signOf(cutters: readonly Plain[]): string | undefined {
  const sign = cutters.find(({ type }) => type === 'Metaspace')
  return sign && (typeof sign.replacement === 'string' ? sign.replacement : '▁')
}

/** The sign that pieces are cut before; the package leaves that out, which the model would mend by looking at all of a text at once. */
export function splitsAtSigns({ pre_tokenizer: cutting }: Plain): string | undefined {
  const cutters = parts(cutting)
  return cutters.some(({ type, split }) => type === 'Metaspace' && split !== false) ? signOf(cutters) : undefined
}

export function writingOf({ model }: Plain): Writing {
  const { type, continuing_subword_prefix: prefix, end_of_word_suffix: suffix, unk_token: unknown, fuse_unk: fused } = model as Plain
  const text = (given: unknown) => (typeof given === 'string' ? given : '')
  return {
    prefix: type === 'WordPiece' ? text(prefix) : '',
    suffix: type === 'BPE' ? text(suffix) : '',
    unknown: typeof unknown === 'string' ? unknown : undefined,
    stands: type === 'BPE' ? (fused === true ? 'run' : 'letter') : 'piece',
  }
}

/** White space that all tokenizers take as such. */
export function separator(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}

// What drops white space, so that there is none for what comes after.
const dropping = ['BertPreTokenizer', 'Whitespace', 'WhitespaceSplit']
// What makes of two words apart what it makes of them side by side.
const local = ['BertNormalizer', 'Lowercase', 'NFC', 'NFD', 'NFKC', 'NFKD', 'StripAccents', 'Precompiled', 'Strip']

/** Whether a text's tokens are those of its words, one after the other: white space only divides, and nothing looks beyond it. */
export function isSeparable({ normalizer, pre_tokenizer: cutting, added_tokens: added }: Plain): boolean {
  const cutters = parts(cutting)
  return (
    dropping.includes(cutters[0]?.type as string) &&
    cutters.every(({ type, prepend_scheme: scheme }) => type !== 'Metaspace' || scheme !== 'first') &&
    parts(normalizer).every((part) => local.includes(part.type as string) || replacesWithin(part)) &&
    (Array.isArray(added) ? (added as Plain[]) : []).every(({ content }) => !/\s/.test(String(content)))
  )
}

/** A replacement of letters by letters, or of spaces by fewer. */
function replacesWithin({ type, pattern, content }: Plain): boolean {
  if (type !== 'Replace' || typeof content !== 'string' || !isPlain(pattern)) return false
  if (pattern.Regex !== undefined) return pattern.Regex === ' {2,}' && content === ' '
  return typeof pattern.String === 'string' && pattern.String !== '' && !/\s/.test(pattern.String) && !/\s/.test(content)
}
