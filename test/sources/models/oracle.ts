// What the tiny models must give, by their definitions and letter by letter; nothing of poolwise, and nothing of the package that tokenizes.
import { byteLetters, type Json, joined } from './tiny.ts'

export interface Token {
  readonly id: number
  readonly from: number
  readonly to: number
}

interface Letter {
  readonly text: string
  readonly from: number
  readonly to: number
}

function letters(text: string): Letter[] {
  let at = 0
  return Array.from(text, (letter) => {
    at += letter.length
    return { text: letter, from: at - letter.length, to: at }
  })
}

/** A text with the tokens that stand in it as they are, cut out. */
function sections(text: string, tokenizer: Json, cut: (text: string, offset: number) => Token[]): Token[] {
  const added = tokenizer.added_tokens as { id: number; content: string }[]
  const all: Token[] = []
  let from = 0
  for (let at = 0; at < text.length; ) {
    const token = added.filter(({ content }) => text.startsWith(content, at)).sort((a, b) => b.content.length - a.content.length)[0]
    if (token === undefined) at++
    else {
      all.push(...cut(text.slice(from, at), from), { id: token.id, from: at, to: at + token.content.length })
      at += token.content.length
      from = at
    }
  }
  return [...all, ...cut(text.slice(from), from)]
}

const control = /^[\p{Cc}\p{Cf}\p{Co}\p{Cs}]$/u
const punctuation = /^[\p{P}$+<=>^`|~]$/u
const han = /^[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]$/u

/** BERT: clean, lower case, no accents; words at white space and punctuation; of each the longest known beginning, and on. */
export function wordPieceTokens(tokenizer: Json, text: string): Token[] {
  const { vocab } = tokenizer.model as { vocab: { readonly [token: string]: number } }
  const idOf = (token: string) => (Object.hasOwn(vocab, token) ? vocab[token] : undefined)
  return sections(text, tokenizer, (section, offset) => {
    const words: Letter[][] = [[]]
    const next = () => words.push([])
    for (const letter of letters(section)) {
      const { text: one } = letter
      if (one === '\0' || one === '\ufffd' || (control.test(one) && !'\t\n\r'.includes(one))) continue
      if (/\s/.test(one)) next()
      else {
        const alone = han.test(one)
        if (alone) next()
        const parts = one.toLowerCase().normalize('NFD')
        for (const part of parts) {
          if (/\p{Mn}/u.test(part)) {
            // An accent that is dropped whole belongs to the letter right before it.
            const word = /^\p{Mn}+$/u.test(parts) ? words.findLast((one) => one.length > 0) : undefined
            if (word && word.at(-1)!.to === letter.from) word[word.length - 1] = { ...word.at(-1)!, to: letter.to }
            continue
          }
          if (punctuation.test(part)) next()
          words.at(-1)!.push({ ...letter, text: part })
          if (punctuation.test(part)) next()
        }
        if (alone) next()
      }
    }
    return words.flatMap((word) => {
      if (word.length === 0) return []
      const whole = { id: idOf('[UNK]')!, from: offset + word[0]!.from, to: offset + word.at(-1)!.to }
      if (word.length > 100) return [whole]
      const found: Token[] = []
      for (let start = 0; start < word.length; ) {
        let end = word.length
        const piece = () =>
          (start > 0 ? '##' : '') +
          word
            .slice(start, end)
            .map((letter) => letter.text)
            .join('')
        while (end > start && idOf(piece()) === undefined) end--
        if (end === start) return [whole]
        found.push({ id: idOf(piece())!, from: offset + word[start]!.from, to: offset + word[end - 1]!.to })
        start = end
      }
      return found
    })
  })
}

/** GPT-2: pieces by its expression, bytes as letters, merged pair by pair in the order in which they were learnt. */
export function bpeTokens(tokenizer: Json, text: string): Token[] {
  const { vocab, merges } = tokenizer.model as { vocab: { readonly [token: string]: number }; merges: readonly string[] }
  return sections(text, tokenizer, (section, offset) => {
    const pieces = section.matchAll(/'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu)
    return [...pieces].flatMap(({ 0: piece, index }) => {
      const bytes = letters(piece).flatMap(({ text: one, from, to }) =>
        Array.from(new TextEncoder().encode(one), (byte) => ({
          text: byteLetters[byte]!,
          from: offset + index + from,
          to: offset + index + to,
        })),
      )
      let parts = bytes.map((byte) => byte.text)
      for (const merge of merges) parts = joined(parts, ...(merge.split(' ') as [string, string]))
      let at = 0
      return parts.map((part) => {
        const own = bytes.slice(at, at + part.length)
        at += part.length
        return trimmed(text, { id: vocab[part]!, from: own[0]!.from, to: own.at(-1)!.to })
      })
    })
  })
}

/** SentencePiece: words with their sign, each cut so that the scores add up to the most; unknown letters that follow one another are one token. */
export function unigramTokens(tokenizer: Json, text: string): number[] {
  const { vocab, unk_id: unknown } = tokenizer.model as { vocab: readonly [string, number][]; unk_id: number }
  const apart = (tokenizer.pre_tokenizer as Json).type === 'Sequence'
  const scores = new Map(vocab.map(([piece, score], id) => [piece, { id, score }]))
  const least = Math.min(...vocab.map(([, score]) => score)) - 10
  return sections(text, tokenizer, (section) => {
    const normal = section.normalize('NFKC').replace(/ {2,}/g, ' ')
    if (normal === '') return []
    const signed = (word: string) => {
      const all = word.replaceAll(' ', '▁')
      return all.startsWith('▁') ? all : `▁${all}`
    }
    const words = (apart ? normal.split(/\s+/).filter(Boolean) : [normal]).flatMap((word) => signed(word).split(/(?=▁)/u))
    return words
      .flatMap((word) => {
        const all = Array.from(word)
        const best: { score: number; ids: number[] }[] = [{ score: 0, ids: [] }]
        for (let end = 1; end <= all.length; end++) {
          let top: { score: number; ids: number[] } | undefined
          for (let start = 0; start < end; start++) {
            const piece = scores.get(all.slice(start, end).join(''))
            const single = end - start === 1
            if (piece === undefined && !single) continue
            const score = best[start]!.score + (piece && piece.id !== unknown ? piece.score : least)
            if (top === undefined || score > top.score) top = { score, ids: [...best[start]!.ids, piece?.id ?? unknown] }
          }
          best.push(top!)
        }
        return best.at(-1)!.ids.filter((id, i, ids) => id !== unknown || ids[i - 1] !== unknown)
      })
      .map((id) => ({ id, from: 0, to: 0 }))
  }).map(({ id }) => id)
}

export function trimmed(text: string, { id, from, to }: Token): Token {
  const own = text.slice(from, to)
  if (own.trim() === '') return { id, from, to }
  return { id, from: to - own.trimStart().length, to: from + own.trimEnd().length }
}

/** The vector of a text: the mean of its tokens' rows, zeros where there are none; of length 1 where told. */
export function meanOf(rows: readonly (readonly number[])[], ids: readonly number[], normalize: boolean, dimensions: number): number[] {
  const mean = Array.from({ length: dimensions }, (_, k) =>
    ids.length === 0 ? 0 : ids.reduce((sum, id) => sum + rows[id]![k]!, 0) / ids.length,
  )
  if (!normalize) return mean.map(Math.fround)
  const norm = Math.max(Math.hypot(...mean), 1e-12)
  return mean.map((value) => value / norm)
}
