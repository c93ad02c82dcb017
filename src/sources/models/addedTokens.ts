import { DataError, show } from '../../core/check.ts'
import { isId, isPlain, type Plain } from './tokenizerFile.ts'

/** A stretch of a text: a token, or what is yet to be cut. */
export interface Stretch {
  readonly id?: number
  readonly from: number
  readonly to: number
}

/** Tokens that are found in a text before it is cut: what was added to a vocabulary ([MASK], words of a field). */
export interface AddedTokens {
  /** Found in a text as it is. */
  raw(text: string): readonly Stretch[]
  /** Found once it is normalized. */
  normalized(text: string): readonly Stretch[]
  /** The vocabulary with them. */
  vocabulary(own: ReadonlyMap<string, number>): ReadonlyMap<string, number>
}

interface Added {
  readonly id: number
  readonly text: string
  readonly pattern: string
}

/** @throws DataError for added tokens that are none */
export function addedTokens(file: Plain, where: string, normalize: (text: string) => string): AddedTokens {
  const given = file.added_tokens ?? []
  const bad = (got: unknown) => new DataError(`staticModel: expected added_tokens as { id, content } in ${where}, got ${show(got)}`)
  if (!Array.isArray(given)) throw bad(given)
  const [asTheyAre, once]: [Added[], Added[]] = [[], []]
  const vocabulary = new Map<string, number>()
  for (const token of given) {
    if (!isPlain(token) || typeof token.content !== 'string' || !isId(token.id)) throw bad(token)
    const { id, content } = token
    vocabulary.set(content, id)
    const normal = (token.normalized ?? token.special !== true) === true && file.normalizer != null
    const text = normal ? normalize(content) : content
    if (text !== '') (normal ? once : asTheyAre).push({ id, text, pattern: patternOf(text, token) })
  }
  return {
    raw: splitter(asTheyAre),
    normalized: splitter(once),
    vocabulary: (own) => new Map([...own, ...vocabulary]),
  }
}

const word = '[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]'

function patternOf(text: string, { single_word: single, lstrip, rstrip }: Plain): string {
  const alone = single === true ? ([`(?<!${word})`, `(?!${word})`] as const) : (['', ''] as const)
  return `${lstrip === true ? '\\s*' : ''}${alone[0]}${text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}${alone[1]}${rstrip === true ? '\\s*' : ''}`
}

/** Cuts a text at the tokens, of those that begin at one place at the longest. */
function splitter(tokens: readonly Added[]): (text: string) => readonly Stretch[] {
  if (tokens.length === 0) return (text) => [{ from: 0, to: text.length }]
  const inOrder = [...tokens].sort((a, b) => b.text.length - a.text.length)
  const pattern = new RegExp(inOrder.map((token) => token.pattern).join('|'), 'gu')
  const ids = new Map(tokens.map(({ text, id }) => [text, id]))
  return (text) => {
    const all: Stretch[] = []
    let from = 0
    for (const { 0: found, index } of text.matchAll(pattern)) {
      if (index > from) all.push({ from, to: index })
      from = index + found.length
      all.push({ id: (ids.get(found) ?? ids.get(found.trim()))!, from: index, to: from })
    }
    if (from < text.length || all.length === 0) all.push({ from, to: text.length })
    return all
  }
}
