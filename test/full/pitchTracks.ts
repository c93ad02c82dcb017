// Voices of Debian's programs, and their pitch by poolwise, praat and aubio, each value at the middle of what it is of.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { apply, pitch, signal } from 'poolwise'
import { noise } from '../stages/signals.ts'

/** Pitch every 10 ms from 0 on, in hertz; 0 where there is none. */
export type Track = Float64Array

const step = 0.01
export const [low, high] = [50, 600]

/** What the constants were chosen on; and, below, what was said once they had been. */
const text =
  'The north wind and the sun were disputing which was the stronger, when a traveler came along wrapped in a warm cloak. Are you sure? They agreed that the one who first succeeded should be considered stronger.'

type Voice = readonly [name: string, make: (path: string) => void]

const espeak = (voice: string, said: string): Voice => [
  `espeak-ng ${voice}`,
  (path) => execFileSync('espeak-ng', ['-v', voice, '-w', path, said]),
]
const flite = (voice: string, said: string): Voice => [
  `flite ${voice}`,
  (path) => execFileSync('flite', ['-voice', voice, '-t', said, '-o', path]),
]
const prompts =
  (...names: readonly string[]) =>
  (path: string) =>
    execFileSync('sox', [...names.map((name) => `/usr/share/asterisk/sounds/en_US_f_Allison/${name}.wav`), path])

/** What makes each voice, a file of 16-bit samples. */
export const voices: readonly Voice[] = [
  ...['en-us', 'en-gb+f2', 'en-gb-scotland+m7', 'en-us+f4'].map((voice) => espeak(voice, text)),
  ...['kal16', 'awb', 'rms', 'slt'].map((voice) => flite(voice, text)),
  ...['ked_diphone', 'cmu_us_slt_arctic_hts'].map(
    (voice) =>
      [
        `festival ${voice}`,
        (path: string) =>
          execFileSync('festival', ['--pipe'], {
            input: `(voice_${voice})(utt.save.wave (utt.synth (Utterance Text "${text}")) "${path}" 'riff)`,
            stdio: ['pipe', 'ignore', 'ignore'],
          }),
      ] as const,
  ),
  [
    'recorded prompts',
    prompts(
      'vm-intro',
      'vm-goodbye',
      'tt-weasels',
      'ss-noservice',
      'vm-options',
      'vm-incorrect',
      'agent-user',
      'conf-onlyperson',
      'demo-congrats',
    ),
  ],
]

/** Voices, words and languages that no constant was chosen on. */
export const others: readonly Voice[] = [
  espeak('de', 'Die Sonne schien warm auf die Felder, und der Wind legte sich. Kommst du morgen mit uns ans Meer?'),
  espeak('fr+f3', 'Le soleil brillait sur les champs et le vent se calmait. Viendras-tu demain avec nous à la mer ?'),
  espeak('it+m3', 'Il sole splendeva sui campi e il vento si calmava. Vieni domani con noi al mare?'),
  espeak('en-us+whisperf', 'Nobody must hear what is said here, so it is said without a voice.'),
  ...['kal', 'awb', 'rms'].map((voice): Voice => {
    const [name, make] = flite(voice, 'Eight old boats lay on the river, and nobody knew who owned them. Would you like to buy one?')
    return [`${name}, other words`, make]
  }),
  ['other prompts', prompts('queue-thankyou', 'vm-password', 'demo-instruct', 'invalid', 'pls-hold-while-try')],
]

export interface Sound {
  readonly rate: number
  readonly samples: Float32Array
  readonly path: string
}

export function soundOf(path: string): Sound {
  const raw = execFileSync('sox', [path, '-t', 's16', '-'], { maxBuffer: 2 ** 28 })
  const rate = Number(execFileSync('soxi', ['-r', path]))
  const values = new Int16Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length))
  return { rate, samples: Float32Array.from(values, (x) => x / 32768), path }
}

/** The same with white noise, so many decibels below it on the average, in 16 bits. */
export function noisy({ rate, samples }: Sound, decibels: number, path: string): Sound {
  const power = samples.reduce((sum, x) => sum + x * x, 0) / samples.length
  // Uniform from −1 to 1 has a power of a third.
  const gain = Math.sqrt(3 * power * 10 ** (-decibels / 10))
  const added = noise(samples.length)
  const values = Int16Array.from(samples, (x, t) => Math.max(-32768, Math.min(32767, Math.round(32768 * (x + gain * added[t]!)))))
  writeFileSync(`${path}.raw`, values)
  execFileSync('sox', ['-t', 's16', '-r', `${rate}`, '-c', '1', `${path}.raw`, path])
  return soundOf(path)
}

const scripts = join(import.meta.dirname, 'praat')
export const praat = (script: string, ...args: readonly (string | number)[]): string =>
  execFileSync('praat', ['--run', join(scripts, script), ...args.map(String)], { encoding: 'utf8', maxBuffer: 2 ** 26 })

export const trackers: Readonly<Record<string, (sound: Sound) => Track>> = {
  poolwise: (sound) => ours(sound, {}),
  praat: ({ path, samples, rate }) => at(pairs(praat('pitch.praat', path, low, high)), samples.length / rate),
  aubio: ({ path, samples, rate }) => {
    const size = 2 ** Math.round(Math.log2(0.05 * rate))
    const hop = Math.round(step * rate)
    const found = pairs(
      execFileSync('aubiopitch', ['-i', path, '-r', `${rate}`, '-B', `${size}`, '-H', `${hop}`, '-u', 'hertz'], { encoding: 'utf8' }),
    )
    // It tells the time at which a buffer was filled up, less a hop.
    return at(
      found.map(([t, hertz]) => [t + step - size / rate / 2, hertz]),
      samples.length / rate,
    )
  },
}

export function ours({ samples, rate }: Sound, options: Parameters<typeof pitch>[0]): Track {
  const {
    data,
    layout: { clock },
  } = apply(signal(samples, { rate }), pitch({ min: low, max: high, ...options }))
  return at(
    Array.from(data, (hertz, i) => [clock.start + i * clock.hop! + clock.span! / 2, hertz]),
    samples.length / rate,
  )
}

function pairs(lines: string): [number, number][] {
  return lines
    .trim()
    .split('\n')
    .map((line) => {
      const [t, hertz] = line.trim().split(/\s+/).map(Number)
      return [t!, hertz! >= low && hertz! <= high ? hertz! : 0]
    })
}

/** The value nearest to each time. */
function at(found: readonly (readonly [number, number])[], seconds: number): Track {
  const track = new Float64Array(Math.floor(seconds / step))
  for (const [t, hertz] of found) {
    const i = Math.round(t / step)
    if (i >= 0 && i < track.length) track[i] = hertz
  }
  return track
}

/** The median of what at least two of them agree on within 5 %; NaN where there is none. */
export function majority(tracks: readonly Track[]): Track {
  return tracks[0]!.map((_, i) => {
    const values = tracks.map((track) => track[i]!)
    const voiced = values.filter((hertz) => hertz > 0).sort((a, b) => a - b)
    if (voiced.length < 2) return 0
    const agreeing = voiced.filter((a) => voiced.filter((b) => Math.abs(a / b - 1) < 0.05).length >= 2)
    return agreeing.length === 0 ? NaN : agreeing[agreeing.length >> 1]!
  })
}

export interface Errors {
  /** Of frames that both find voiced, those off by more than 20 %. */
  gross: number
  /** Of all frames, those voiced in one alone. */
  voicing: number
  /** Of gross errors, those an octave off. */
  octaves: number
}

export function errors(track: Track, truth: Track): Errors {
  let [both, gross, wrong, all, octaves] = [0, 0, 0, 0, 0]
  for (const [i, hertz] of truth.entries()) {
    if (Number.isNaN(hertz)) continue
    all++
    if (track[i]! > 0 !== hertz > 0) wrong++
    else if (hertz > 0) {
      both++
      const ratio = track[i]! / hertz
      if (Math.abs(ratio - 1) > 0.2) {
        gross++
        if (Math.abs(Math.abs(Math.log2(ratio)) - 1) < 0.1) octaves++
      }
    }
  }
  return { gross: gross / Math.max(both, 1), voicing: wrong / all, octaves: octaves / Math.max(both, 1) }
}
