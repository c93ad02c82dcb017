import type { Vectors } from '../../stages/vectors/embed.ts'
import { plainText, unaccented } from './plain.ts'

/** How words of a text are found among word vectors. */
export interface Lookup {
  /** The row of a word in lower case, else as written, else of one that vectors spell otherwise than plain text does. */
  row(word: string): number | undefined
  /** The text, words that are found without their accents only written so. */
  familiar(text: string): string
}

const known = new WeakMap<Vectors, Lookup>()

/** The lookup of word vectors, made once. */
export function lookupIn(vectors: Vectors): Lookup {
  const before = known.get(vectors)
  if (before) return before
  const lookup = make(vectors)
  known.set(vectors, lookup)
  return lookup
}

const words = /[\p{L}\p{M}]+/gu
// Latin, Greek and Cyrillic letters beyond English, and accents that stand for themselves.
const accented = /[\u00c0-\u04ff\u1e00-\u1fff]/

function make(vectors: Vectors): Lookup {
  let own: ReadonlyMap<string, number> | undefined
  const row = (word: string): number | undefined => {
    const lower = word.toLowerCase()
    const found = vectors.indexOf(lower) ?? vectors.indexOf(word)
    if (found !== undefined) return found
    own ??= respelled(vectors)
    return own.get(lower) ?? own.get(word)
  }
  const familiarWord = (word: string): string => {
    if (!accented.test(word) || row(word) !== undefined) return word
    const bare = unaccented(word)
    return row(bare) === undefined ? word : bare
  }
  return {
    row,
    // Before the tokenizer, which cuts words at letters that English does not have.
    familiar: (text) => (accented.test(text) ? text.replace(words, familiarWord) : text),
  }
}

/** The rows of words that plain text never has as vectors write them, by what it has instead; of equal ones the first counts. */
function respelled(vectors: Vectors): ReadonlyMap<string, number> {
  const rows = new Map<string, number>()
  for (let row = 0; row < vectors.words; row++) {
    const word = vectors.wordAt(row) ?? ''
    const plain = plainText(word)
    if (plain !== word && !rows.has(plain)) rows.set(plain, row)
  }
  return rows
}
