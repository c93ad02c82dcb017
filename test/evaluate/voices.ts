// The corpus: the same words by several synthesizers and by one person, made on this machine from Debian packages.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { audioFiles } from 'poolwise/node'
import { lastValueFrom, toArray } from 'rxjs'
import { join as joined } from '../../src/core/frames.ts'
import { cacheFolder } from '../../src/sources/vectors/cache.ts'
import { power } from './disturbance.ts'

/** What speaks: Debian packages, each with a file that it brings. */
export const packages: Readonly<Record<string, string>> = {
  'espeak-ng': '/usr/bin/espeak-ng',
  flite: '/usr/bin/flite',
  festival: '/usr/bin/festival',
  'festvox-kdlpc16k': '/usr/share/festival/voices/english/ked_diphone/festvox/ked_diphone.scm',
  'festvox-us-slt-hts': '/usr/share/festival/voices/us/cmu_us_slt_arctic_hts/festvox/cmu_us_slt_arctic_hts.scm',
  'asterisk-core-sounds-en-wav': '/usr/share/asterisk/sounds/en_US_f_Allison/digits/0.wav',
}

/** Every word, and the recorded prompt that says it. */
export const words: ReadonlyMap<string, string> = new Map([
  ...listed('digits/', 'zero one two three four five six seven eight nine ten eleven twelve thirteen', (_, i) => `${i}`),
  ...Object.entries({ fifteen: 'digits/15', twenty: 'digits/20', thirty: 'digits/30', fifty: 'digits/50' }),
  ...listed('digits/day-', 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday', (_, i) => `${i}`),
  ...listed('digits/mon-', 'January February March April May June July August September October November December', (_, i) => `${i}`),
  ...listed('digits/', 'hundred thousand million today tomorrow yesterday star pound', (word) => word),
  ...listed('phonetic/', 'bravo charlie delta echo foxtrot golf hotel', (word) => `${word[0]}_p`),
  ...listed('vm-', 'first last password', (word) => word),
  ...listed('', 'hello goodbye number time location', (word) => word),
])

function listed(folder: string, spoken: string, name: (word: string, i: number) => string): [word: string, prompt: string][] {
  return spoken.split(' ').map((word, i) => [word.toLowerCase(), `${folder}${name(word, i)}`])
}

/** The voices to choose a recipe by, and those to report its figure on. */
export type Part = 'choose' | 'report'

export interface Voice {
  /** The program and its options. */
  readonly name: string
  readonly part: Part
  /** Voices of one source share their timing: a word is never looked for among those of its own source. */
  readonly source: string
  /** Says words, writing each to its path. */
  say(paths: ReadonlyMap<string, string>): void
}

/**
 * Fixed before anything was measured. No speaker is in both parts; Festival and the recorded person are in the second alone, and so are its accents of eSpeak, one of whose
 * voices is by another synthesis (Klatt's). `kal` and the person speak at 8 kHz.
 */
export const voices: readonly Voice[] = [
  espeak('choose', 'en-us', '-s 170'),
  espeak('choose', 'en-gb+f2', '-s 150 -p 60'),
  espeak('choose', 'en-gb-x-gbclan+m3', '-s 190 -p 35'),
  flite('choose', 'awb'),
  flite('choose', 'rms'),
  flite('choose', 'kal'),
  espeak('report', 'en-gb-scotland+m7', '-s 160 -p 45'),
  espeak('report', 'en-029+f4', '-s 180 -p 65'),
  espeak('report', 'en-gb-x-rp+klatt2', '-s 150'),
  festival('report', 'ked_diphone'),
  festival('report', 'cmu_us_slt_arctic_hts'),
  { name: 'recorded', part: 'report', source: 'recorded', say: () => {} },
]

function espeak(part: Part, voice: string, options: string): Voice {
  const name = `espeak-ng -v ${voice} ${options}`
  const [program, ...given] = name.split(' ')
  const say = (paths: ReadonlyMap<string, string>) => {
    for (const [word, path] of paths) execFileSync(program!, [...given, '-w', path, word])
  }
  return { name, part, source: 'espeak-ng', say }
}

function flite(part: Part, voice: string): Voice {
  const say = (paths: ReadonlyMap<string, string>) => {
    for (const [word, path] of paths) execFileSync('flite', ['-voice', voice, '-t', word, '-o', path])
  }
  return { name: `flite ${voice}`, part, source: `flite ${voice}`, say }
}

function festival(part: Part, voice: string): Voice {
  const say = (paths: ReadonlyMap<string, string>) => {
    const lines = [...paths].map(([word, path]) => `(utt.save.wave (utt.synth (Utterance Text "${word}")) "${path}" 'riff)`)
    execFileSync('festival', ['--pipe'], { input: [`(voice_${voice})`, ...lines, ''].join('\n') })
  }
  return { name: `festival ${voice}`, part, source: `festival ${voice}`, say }
}

export interface Utterance {
  readonly word: string
  readonly voice: Voice
  /** At 16 kHz, from where the word begins to where it ends, as loud as it was. */
  readonly samples: Float32Array
}

let heard: Promise<Utterance[]> | undefined

/** Every word by every voice, read once. */
export function corpus(): Promise<Utterance[]> {
  heard ??= spokenWords()
  return heard
}

async function spokenWords(): Promise<Utterance[]> {
  const folder = kept('words', [...voices.map(({ name }) => name), ...words.keys()], (made) => {
    for (const [v, voice] of voices.entries())
      voice.say(new Map([...words].map(([word, prompt]) => [word, pathOf(made, voice, v, word, prompt)])))
  })
  const all = voices.flatMap((voice, v) =>
    [...words].map(([word, prompt]) => ({ word, voice, path: pathOf(folder, voice, v, word, prompt) })),
  )
  const sound = await samplesOf(all.map(({ path }) => path))
  return all.map(({ word, voice }, i) => ({ word, voice, samples: trimmed(sound[i]!) }))
}

/**
 * A folder of what the programs say, in the cache under a name that changes with what is said; made whole or not at all, so one that is there is complete.
 * @throws Error that names the Debian packages that are missing
 */
export function kept(name: string, said: readonly string[], make: (folder: string) => void): string {
  const absent = missing(packages)
  if (absent.length > 0)
    throw new Error(
      `evaluate: expected ${Object.keys(packages).join(', ')}, got no ${absent.join(', ')}; apt-get install ${absent.join(' ')}`,
    )
  const folder = join(cacheFolder(), `${name}-${createHash('sha256').update(said.join('\n')).digest('hex').slice(0, 16)}`)
  if (existsSync(folder)) return folder
  const temporary = `${folder}.${process.pid}.tmp`
  mkdirSync(temporary, { recursive: true })
  try {
    make(temporary)
    renameSync(temporary, folder)
  } catch (cause) {
    rmSync(temporary, { recursive: true, force: true })
    throw cause
  }
  return folder
}

/** The samples of files, at 16 kHz. */
export async function samplesOf(paths: readonly string[]): Promise<Float32Array[]> {
  const sequences = await lastValueFrom(audioFiles(paths).pipe(toArray()))
  const blocks = await Promise.all(sequences.map(({ frames }) => lastValueFrom(frames.pipe(toArray()))))
  return blocks.map((parts) => new Float32Array(joined(parts)!.data))
}

/** The packages that are not installed. */
export function missing(needed: Readonly<Record<string, string>>): string[] {
  return Object.keys(needed).filter((name) => !existsSync(needed[name]!))
}

function pathOf(folder: string, { source }: Voice, index: number, word: string, prompt: string): string {
  if (source === 'recorded') return join(dirname(packages['asterisk-core-sounds-en-wav']!), '..', `${prompt}.wav`)
  return join(folder, `${index}-${word}.wav`)
}

/**
 * From the first to the last 10 ms that are less than 40 dB below the loudest. How much silence a program leaves before and after a word tells the program;
 * the disturbances put silence back, as much as chance will have.
 */
function trimmed(samples: Float32Array): Float32Array {
  const step = 160
  const powers = Array.from({ length: Math.floor(samples.length / step) }, (_, i) => power(samples.subarray(i * step, (i + 1) * step)))
  const least = Math.max(...powers) * 1e-4
  const first = powers.findIndex((value) => value > least)
  const last = powers.findLastIndex((value) => value > least)
  return samples.slice(first * step, (last + 1) * step)
}
