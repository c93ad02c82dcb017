/** Where the code units of a text that was normalized come from in the text as it was: from `starts[i]` to `ends[i]`. */
export interface Alignment {
  readonly starts: Uint32Array
  readonly ends: Uint32Array
}

// A letter with the accents that may be dropped; a control character, which may be dropped, has none.
const letters = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}]|[\s\S]\p{Mn}*/gu
// Letters that may become one: with the vowels and finals of Hangul, with the voicing marks of half-width katakana.
const clusters = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}]|[\s\S][\p{M}\u1160-\u11ff\uff9e-\uffdc]*/gu
// Letters that a normalizer may have put in at a place.
const inserted = 4

/**
 * Aligns a text with what a normalizer made of it, or gives nothing where each unit stands for itself. Normalizers tell no places, so each cluster of letters is normalized by itself and
 * found again: what was dropped takes no place, what was put in has that of the cluster before.
 */
export function alignment(raw: string, normal: string, normalize: (text: string) => string): Alignment | undefined {
  if (raw === normal || (raw.length === normal.length && isAscii(raw) && raw.toLowerCase() === normal)) return undefined
  const starts = new Uint32Array(normal.length)
  const ends = new Uint32Array(normal.length)
  let at = 0
  const put = (to: number, start: number, end: number) => {
    for (const stop = Math.min(to, normal.length); at < stop; at++) {
      starts[at] = start
      ends[at] = end
    }
  }
  // What is put before any text is before each cluster, too.
  const lead = normalize('')
  if (normal.startsWith(lead)) put(lead.length, 0, 0)
  const pieceOf = (text: string) => {
    const own = normalize(text)
    return own.startsWith(lead) ? own.slice(lead.length) : own
  }
  for (const [cluster, index] of clustersOf(raw, pieceOf)) {
    const piece = pieceOf(cluster)
    if (!normal.startsWith(piece, at)) {
      const found = normal.slice(at, at + inserted + piece.length).indexOf(piece)
      // What is white space may be dropped, at the ends and where there is more of it; else a letter became another for what stands beside it, as a sigma at the end of a word.
      if (found > 0) put(at + found, index, index)
      else if (piece.trim() === '') continue
    }
    put(at + piece.length, index, index + cluster.length)
  }
  put(normal.length, raw.length, raw.length)
  return { starts, ends }
}

/** The least parts of a text that are normalized apart as they are together, and where each begins. */
function* clustersOf(raw: string, pieceOf: (text: string) => string): Generator<readonly [cluster: string, index: number]> {
  for (const { 0: cluster, index } of raw.matchAll(clusters)) {
    const parts = cluster.length === 1 ? [] : [...cluster.matchAll(letters)]
    if (parts.length > 1 && parts.map(([part]) => pieceOf(part)).join('') === pieceOf(cluster)) {
      for (const part of parts) yield [part[0], index + part.index]
    } else yield [cluster, index]
  }
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false
  return true
}
