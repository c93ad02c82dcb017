import { DataError, show } from '../../core/check.ts'
import { missing } from '../../core/missing.ts'
import { addedTokens } from './addedTokens.ts'
import { type Alignment, alignment } from './alignment.ts'
import { finder, spansOf, surfaceOf } from './pieces.ts'
import { isSeparable, mended, type Plain, separator, spellingOf, splitsAtSigns, writingOf } from './tokenizerFile.ts'

/** The tokens of a text, and where each is in it, in UTF-16 units. */
export interface Subword {
  readonly id: number
  readonly from: number
  readonly to: number
}

/** A tokenizer of a model: text → tokens, without those that models add at the ends. */
export interface Subwords {
  /** The row of each token. */
  readonly vocabulary: ReadonlyMap<string, number>
  /** The token of what the vocabulary does not have, where the tokenizer has one. */
  readonly unknown: number | undefined
  /** Whether only words count, and not the white space between them: a text may then be cut there. */
  readonly separable: boolean
  encode(text: string): Subword[]
}

/** What of @huggingface/tokenizers is used. */
interface Made {
  readonly normalizer: ((text: string) => string) | null
  readonly pre_tokenizer: ((text: string, options: { section_index: number }) => string[]) | null
  readonly model: ((pieces: string[]) => string[]) & { readonly tokens_to_ids: Map<string, number>; readonly unk_token_id?: number | null }
}

/** Words, and pieces of words, whose tokens are remembered, of each kind. */
const memory = 2 ** 16
const longest = 64

/**
 * The tokenizer that a `tokenizer.json` describes, made by `@huggingface/tokenizers`, which gives tokens and no places: they are found here.
 *
 * Where white space only divides words, as for WordPiece, each word is a text of its own, and its tokens are remembered; else pieces are.
 *
 * @throws Error that names the package to install where it is missing; DataError for a tokenizer that it does not know
 */
export async function subwords(who: string, file: Plain, where: string): Promise<Subwords> {
  const { Tokenizer } = await import('@huggingface/tokenizers').catch(missing(who, '@huggingface/tokenizers'))
  const { model } = file as { readonly model: Plain }
  const config = typeof model.unk_token === 'string' ? { unk_token: model.unk_token } : {}
  const made = attempt(who, where, () => {
    // What is added at the ends, and how tokens become text again, is not needed; tokens that were added to the vocabulary are found here, with their places.
    const bare = { ...file, added_tokens: [], post_processor: null, decoder: null }
    return new Tokenizer({ normalizer: null, pre_tokenizer: null, ...bare }, config) as unknown as Made
  })
  return reader(who, file, where, made)
}

function reader(who: string, file: Plain, where: string, made: Made): Subwords {
  const { tokens_to_ids: ids, unk_token_id: unknown } = made.model
  const mend = mended(file)
  const normalize = (text: string) => (made.normalizer === null ? text : made.normalizer(mend(text)))
  const added = addedTokens(file, where, normalize)
  const spelling = spellingOf(file)
  const writing = writingOf(file)
  const signs = splitsAtSigns(file)
  const known = remembered((piece: string) => {
    const tokens = made.model([piece])
    const spans = spansOf(piece, tokens, writing)
    return tokens.map((token, i) => ({ id: ids.get(token) ?? unknown ?? -1, from: spans[i]![0], to: spans[i]![1] }))
  })
  const pieces = (text: string, first: boolean) => {
    const all = made.pre_tokenizer === null ? [text] : made.pre_tokenizer(text, { section_index: first ? 0 : 1 })
    return signs === undefined ? all : all.flatMap((piece) => atSigns(piece, signs))
  }

  /** A stretch of text that holds no added token, as it was before it was normalized. */
  function stretch(raw: string, offset: number, first: boolean, out: Subword[]): void {
    const normal = normalize(raw)
    if (normal === '') return
    const aligned = alignment(raw, normal, normalize)
    for (const { id, from, to } of added.normalized(normal)) {
      if (id !== undefined) out.push(placed({ id, from, to }, raw, aligned, offset))
      else {
        const text = normal.slice(from, to)
        const find = finder(surfaceOf(text, spelling), spelling)
        for (const piece of pieces(text, first && from === 0)) {
          const found = find(piece)
          for (const token of known(piece)) {
            // A tokenizer without a token for what it does not know leaves it out.
            if (token.id < 0) continue
            const at = from + found.at
            const inNormal = { id: token.id, from: at + found.length(token.from, false), to: at + found.length(token.to, true) }
            out.push(placed(inNormal, raw, aligned, offset))
          }
        }
      }
    }
  }

  function whole(text: string, offset: number, out: Subword[]): void {
    for (const { id, from, to } of added.raw(text)) {
      if (id !== undefined) out.push({ id, from: offset + from, to: offset + to })
      else stretch(text.slice(from, to), offset + from, offset + from === 0, out)
    }
  }

  const separable = isSeparable(file)
  const ofWord = remembered((word: string) => {
    const out: Subword[] = []
    whole(word, 0, out)
    return out
  })
  return {
    vocabulary: added.vocabulary(ids),
    unknown: unknown ?? undefined,
    separable,
    encode: (text) =>
      attempt(who, where, () => {
        const out: Subword[] = []
        if (!separable) whole(text, 0, out)
        else {
          for (let start = 0, end = 0; start < text.length; start = end + 1) {
            end = start
            while (end < text.length && !separator(text.charCodeAt(end))) end++
            if (end === start) continue
            for (const { id, from, to } of ofWord(text.slice(start, end))) out.push({ id, from: start + from, to: start + to })
          }
        }
        return out
      }),
  }
}

/** A token of a normalized text, in the text as it was, without the white space around it, unless it is nothing else. */
function placed({ id, from, to }: Subword, raw: string, aligned: Alignment | undefined, offset: number): Subword {
  const start = aligned ? (aligned.starts[from] ?? raw.length) : from
  const end = to > from ? (aligned ? (aligned.ends[to - 1] ?? raw.length) : to) : start
  let [first, last] = [start, end]
  while (first < last && blank(raw, first)) first++
  while (last > first && blank(raw, last - 1)) last--
  return first < last ? { id, from: offset + first, to: offset + last } : { id, from: offset + start, to: offset + end }
}

function blank(text: string, at: number): boolean {
  return text.charAt(at).trim() === ''
}

function atSigns(piece: string, sign: string): string[] {
  const parts: string[] = []
  let from = 0
  for (let at = piece.indexOf(sign, 1); at > 0; at = piece.indexOf(sign, at + 1)) {
    parts.push(piece.slice(from, at))
    from = at
  }
  parts.push(piece.slice(from))
  return parts
}

/** Remembers what is short, and begins anew when it is much. */
function remembered<Value>(make: (text: string) => Value): (text: string) => Value {
  let all = new Map<string, Value>()
  return (text) => {
    if (text.length > longest) return make(text)
    let value = all.get(text)
    if (value === undefined) {
      value = make(text)
      if (all.size >= memory) all = new Map()
      all.set(text, value)
    }
    return value
  }
}

/** What the package throws is of a tokenizer that it does not know, or cannot run. */
function attempt<Result>(who: string, where: string, run: () => Result): Result {
  try {
    return run()
  } catch (cause) {
    if (cause instanceof DataError) throw cause
    throw new DataError(
      `${who}: expected a tokenizer that @huggingface/tokenizers knows in ${where}, got ${show((cause as Error).message)}`,
      {
        cause,
      },
    )
  }
}
