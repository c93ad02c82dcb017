// What shows nothing and is no letter: what Unicode says to ignore (soft hyphens, zero-width spaces, joiners and marks of direction, word joiners, byte order marks,
// variation selectors, tags), annotation marks, what is no character at all, and control characters, but for those that divide words.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unseen = /[\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u{fff9}-\u{fffb}\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]/gu
// Of nearly all texts this is seen at once.
const plainAlready = /^[\t\n\r -~]*$/

/**
 * A text as words are looked up: without characters that show nothing, ligatures, full-width letters and the like as the letters that they stand for (Unicode's NFKC).
 * Lines stay lines. Of emoji that are joined, the parts are left, which is what the tokenizer makes of them.
 *
 * @source Unicode Standard Annex 15, Unicode Normalization Forms; 44, Default_Ignorable_Code_Point
 */
export function plainText(text: string): string {
  return plainAlready.test(text) ? text : text.replace(unseen, '').normalize('NFKC')
}

// Letters that Unicode does not take apart.
const apart: { readonly [letter: string]: string } = {
  ...{ ß: 'ss', ẞ: 'SS', æ: 'ae', Æ: 'AE', œ: 'oe', Œ: 'OE', ø: 'o', Ø: 'O', ł: 'l', Ł: 'L', đ: 'd', Đ: 'D' },
  ...{ ð: 'd', Ð: 'D', þ: 'th', Þ: 'Th', ħ: 'h', Ħ: 'H', ŧ: 't', Ŧ: 'T', ı: 'i' },
}
const letters = new RegExp(`[${Object.keys(apart).join('')}]`, 'g')

/** A word without its accents: naïve as naive, Łódź as Lodz. */
export function unaccented(word: string): string {
  const bare = word.normalize('NFD').replace(/[\u0300-\u036f]/g, '')
  return bare.replace(letters, (letter) => apart[letter]!).normalize('NFC')
}
