// What texts are classified by, and which of them a classifier is trained on.
import { cookies, descriptions, glosses, hasLists, type Labelled, textPackages, verses } from './debian.ts'
import { randomOf } from './random.ts'
import { missing, type Part } from './voices.ts'

export interface Half {
  readonly train: readonly Labelled[]
  readonly test: readonly Labelled[]
}

export interface Task extends Readonly<Record<Part, Half>> {
  readonly name: string
}

const sections = ['games', 'science', 'sound', 'net', 'admin', 'math', 'graphics', 'text']
const files = ['computers', 'politics', 'science', 'men-women', 'work', 'songs-poems', 'art', 'definitions']
// The numbers are WordNet's, lexnames(5).
const nouns: ReadonlyMap<number, string> = new Map([
  [4, 'act'],
  [7, 'attribute'],
  [9, 'cognition'],
  [10, 'communication'],
  [13, 'food'],
  [14, 'group'],
  [15, 'location'],
  [18, 'person'],
])
const verbs: ReadonlyMap<number, string> = new Map([
  [29, 'body'],
  [30, 'change'],
  [31, 'cognition'],
  [32, 'communication'],
  [35, 'contact'],
  [38, 'motion'],
  [40, 'possession'],
  [41, 'social'],
])
const genres: ReadonlyMap<string, string> = new Map(
  Object.entries({
    law: 'Exo Lev Num Deu',
    history: '1Sm 2Sm 1Ki 2Ki 1Chr 2Chr',
    poetry: 'Job Psa Prv',
    prophecy: 'Isa Jer Eze',
    gospel: 'Mat Mark Luke John',
    letters: 'Rom 1Cor 2Cor Gal Eph Heb',
  }).flatMap(([genre, books]) => books.split(' ').map((book) => [book, genre])),
)

/**
 * Fixed before anything was chosen: four that are told by what texts are about, and four by how they are made.
 * @throws Error that names what is to be installed
 */
export function tasks(): Task[] {
  const absent = missing(textPackages)
  const commands = [...(absent.length > 0 ? [`apt-get install ${absent.join(' ')}`] : []), ...(hasLists() ? [] : ['apt-get update'])]
  if (commands.length > 0)
    throw new Error(`evaluate: expected ${Object.keys(textPackages).join(', ')} and apt's lists; ${commands.join('; ')}`)
  const [told, defined, written] = [cookies(), glosses(), verses()]
  const moods = told.flatMap(({ text }) => sentences(text))
  const named = (names: ReadonlyMap<string | number, string>, text: string, name: string | number) =>
    names.has(name) ? [{ text, label: names.get(name)! }] : []
  const fieldsOf = (of: string, names: ReadonlyMap<number, string>) =>
    defined.flatMap(({ text, part, field }) => (part === of ? named(names, text, field) : []))
  const all: Readonly<Record<string, readonly Labelled[]>> = {
    'section of a package': descriptions().filter(({ label }) => sections.includes(label)),
    'subject of a fortune': told.filter(({ label }) => files.includes(label)),
    'field of a noun': fieldsOf('noun', nouns),
    'field of a verb': fieldsOf('verb', verbs),
    'part of speech': defined.map(({ text, part }) => ({ text, label: part })),
    'genre of a verse': written.flatMap(({ text, label }) => named(genres, text, label)),
    'mood of a sentence': moods,
    'kind of question': [...written, ...told].flatMap(({ text }) => questions(text)),
  }
  return Object.entries(all).map(([name, texts]) => ({ name, ...halves(texts, name) }))
}

/** Sentences of 4 to 40 words without the mark at their end, which is their label. */
export function sentences(text: string): Labelled[] {
  const marks: Readonly<Record<string, string>> = { '.': 'statement', '?': 'question', '!': 'exclamation' }
  return Array.from(text.matchAll(/(?<=^|[.?!]["')]* )["'(]*([A-Z][^.?!]+)([.?!])(?=["')]*(?: |$))/g), ([, text, mark]) => ({
    text: text!,
    label: marks[mark!]!,
  })).filter(({ text }) => {
    const { length } = words(text)
    return length >= 4 && length <= 40
  })
}

/** What follows a question word, which is the label. */
export function questions(text: string): Labelled[] {
  return Array.from(text.matchAll(/(?:^|[.:;,?!] )(who|what|why|wherefore|how) ([^.?!:;]+)\?/gi), ([, word, text]) => ({
    text: text!,
    label: word!.toLowerCase().replace('wherefore', 'why'),
  }))
}

/**
 * Texts for each part of the evaluation, to train on and to test on, of every label as many: at most `train` and `test` in all. Texts that have `run` words in a row in common, or all
 * of them, stand but once, so that no text is known from another part; those of fewer than three words do not stand.
 */
export function halves(texts: readonly Labelled[], seed: string, train = 400, test = 640, run = 6): Record<Part, Half> {
  const kept = apart(shuffled(texts, seed), run)
  const byLabel = [...new Set(texts.map(({ label }) => label))].sort().map((label) => kept.filter((text) => text.label === label))
  // A third of each half is to train on.
  const least = Math.min(...byLabel.map(({ length }) => length))
  const [first, second] = [Math.floor(Math.min(train / byLabel.length, least / 6)), Math.floor(Math.min(test / byLabel.length, least / 3))]
  const cut = (from: number, count: number) => byLabel.flatMap((texts) => texts.slice(from, from + count))
  const half = (from: number): Half => ({ train: cut(from, first), test: cut(from + first, second) })
  return { choose: half(0), report: half(first + second) }
}

function apart(texts: readonly Labelled[], run: number): Labelled[] {
  const seen = new Set<string>()
  return texts.filter(({ text }) => {
    const all = words(text)
    if (all.length < 3) return false
    const runs = Array.from({ length: Math.max(1, all.length - run + 1) }, (_, i) => all.slice(i, i + run).join(' '))
    const fresh = runs.every((some) => !seen.has(some))
    for (const some of runs) seen.add(some)
    return fresh
  })
}

function words(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? []
}

function shuffled<T>(all: readonly T[], seed: string): T[] {
  const random = randomOf(seed)
  const out = [...all]
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[out[i], out[j]] = [out[j]!, out[i]!]
  }
  return out
}
