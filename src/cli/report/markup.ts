/** Text of a page that stands as it is. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export type Inner = Markup | string | number | undefined | readonly Inner[]

/** A piece of a page: what is put into it is text, and nothing in it a tag or the end of an attribute. */
export function html(texts: TemplateStringsArray, ...inner: readonly Inner[]): Markup {
  return new Markup(texts.map((text, i) => (i === 0 ? text : textOf(inner[i - 1]) + text)).join(''))
}

function textOf(inner: Inner): string {
  if (inner instanceof Markup) return inner.text
  if (inner === undefined) return ''
  if (typeof inner === 'object') return inner.map(textOf).join('')
  return String(inner).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}

/** Data for a script, which no text in it ends. */
export function dataOf(value: unknown): Markup {
  return new Markup(JSON.stringify(value).replaceAll('<', '\\u003c'))
}

/** A name that others gave: of at most so many letters, without what moves a cursor, and in its own direction. */
export function nameOf(text: string, most = 80): Markup {
  return html`<bdi>${cut(text, most)}</bdi>`
}

/** The beginning and the end of a text; letters that show nothing, or turn those around them, are left out. */
export function cut(text: string, most: number): string {
  const letters = [...text.slice(0, 4 * most).replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, ' ')]
  if (letters.length <= most && text.length <= 4 * most) return letters.join('')
  const end = Math.floor((most - 1) / 2)
  const tail = [...text.slice(-2 * end).replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, ' ')].slice(-end)
  return `${letters.slice(0, most - 1 - end).join('')}…${tail.join('')}`
}
