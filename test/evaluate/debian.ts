// Texts with labels that their authors or collectors gave them, from packages of Debian.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** A text, and what it is of. */
export interface Labelled {
  readonly text: string
  readonly label: string
}

const lists = '/var/lib/apt/lists'
const fortunes = '/usr/share/games/fortunes'
const wordnet = '/usr/share/wordnet'

/** Debian packages, each with a file that it brings. */
export const textPackages: Readonly<Record<string, string>> = {
  fortunes: `${fortunes}/politics`,
  'wordnet-base': `${wordnet}/data.noun`,
  'bible-kjv': '/usr/bin/bible',
}

/** Whether apt has lists of packages, with their descriptions: `apt-get update` brings them. */
export function hasLists(): boolean {
  return existsSync(lists) && readdirSync(lists).some((file) => /_Packages(\.\w+)?$/.test(file))
}

/** What the package is, in a line, labelled with the section it is in: of every source the first package alone. */
export function descriptions(): Labelled[] {
  return parseDescriptions(execFileSync('apt-cache', ['dumpavail'], { encoding: 'utf8', maxBuffer: 2 ** 30 }))
}

export function parseDescriptions(dump: string): Labelled[] {
  const bySource = new Map<string, Labelled>()
  for (const entry of dump.split(/\n\n+/)) {
    const fields = new Map(
      Array.from(entry.matchAll(/^(Package|Source|Section|Description): (.*)$/gm), ([, name, value]) => [name, value!]),
    )
    // A source may have its version behind it.
    const source = (fields.get('Source') ?? fields.get('Package') ?? '').replace(/ .*/, '')
    const [text, label] = [fields.get('Description'), fields.get('Section')]
    if (text && label && !bySource.has(source)) bySource.set(source, { text, label })
  }
  return [...bySource.values()]
}

/** Fortunes, labelled with their file. */
export function cookies(): Labelled[] {
  return readdirSync(fortunes)
    .filter((file) => !file.includes('.'))
    .sort()
    .flatMap((file) => parseCookies(readFileSync(`${fortunes}/${file}`, 'utf8')).map((text) => ({ text, label: file })))
}

/** What stands between lines of a %, without who said it. */
export function parseCookies(file: string): string[] {
  return file
    .split(/^%$/m)
    .map((cookie) => cookie.replace(/\n[ \t]*--[\s\S]*/, ''))
    .map((cookie) => cookie.replace(/.[\b]/g, '').replace(/\s+/g, ' ').trim())
    .filter(Boolean)
}

/** A definition of the dictionary, without its examples. */
export interface Gloss {
  readonly text: string
  /** Of what is defined. */
  readonly part: (typeof partsOfSpeech)[number]
  /** The number of the field that lexicographers put it in: 5 is animals. */
  readonly field: number
}

export const partsOfSpeech = ['noun', 'verb', 'adj', 'adv'] as const

export function glosses(): Gloss[] {
  return partsOfSpeech.flatMap((part) => parseGlosses(readFileSync(`${wordnet}/data.${part}`, 'utf8')).map((gloss) => ({ ...gloss, part })))
}

export function parseGlosses(data: string): Omit<Gloss, 'part'>[] {
  return data
    .split('\n')
    .filter((line) => /^\d{8} /.test(line))
    .map((line) => {
      const definitions = line
        .slice(line.indexOf(' | ') + 3)
        .replace(/"[^"]*"?/g, '')
        .split(';')
        .map((part) => part.trim())
      return { text: definitions.filter(Boolean).join('; '), field: Number(line.slice(9, 11)) }
    })
}

/** Verses of the King James Bible, labelled with their book. */
export function verses(): Labelled[] {
  return parseVerses(execFileSync('bible', ['-f', 'gen1:1-rev22:21'], { encoding: 'utf8', maxBuffer: 2 ** 26 }))
}

export function parseVerses(lines: string): Labelled[] {
  return Array.from(lines.matchAll(/^(\d?[A-Za-z]+)\d+:\d+ (.+)$/gm), ([, label, text]) => ({ text: text!, label: label! }))
}
