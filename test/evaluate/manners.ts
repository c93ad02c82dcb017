// The corpus of manners: the same phrases by several synthesized speakers, each in several manners of speaking.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { randomOf } from './random.ts'
import { kept, type Part, samplesOf } from './voices.ts'

/** How something is said: times the speaker's own rate, pitch and range of pitch, and decibels on top. */
export interface Manner {
  readonly rate: number
  readonly pitch: number
  readonly range: number
  readonly volume: number
}

/** Middles of manners, as feelings are found to change speech. Fixed before anything was measured. Source: Murray, Arnott 1993, table 1; Scherer 2003. */
export const manners: Readonly<Record<string, Manner>> = {
  calm: { rate: 1, pitch: 1, range: 1, volume: 0 },
  happy: { rate: 1.1, pitch: 1.2, range: 1.5, volume: 3 },
  angry: { rate: 1.15, pitch: 1.08, range: 1.6, volume: 6 },
  sad: { rate: 0.82, pitch: 0.92, range: 0.5, volume: -6 },
  afraid: { rate: 1.3, pitch: 1.3, range: 0.8, volume: 0 },
}

export const phrases: readonly string[] = [
  'the train leaves at noon',
  'your letter is on the table',
  'it will be ready in seven hours',
  'they have bought a new car',
  'she gave it back to him on Sunday',
  'the water in the harbor is cold',
  'nobody came to the second meeting',
  'I will tell you about it tomorrow',
  'we walk along the river every evening',
  'put the red box under the window',
  'my brother works in another town',
  'the doctor said that it is over',
]

/** A draw of a manner: each factor is off by chance, so that manners overlap. */
export function drawn(manner: string, random: () => number): Manner {
  const { rate, pitch, range, volume } = manners[manner]!
  /** Nearly normal: mean 0, deviation 1. */
  const normal = () => Array.from({ length: 12 }, random).reduce((sum, x) => sum + x, -6)
  return {
    rate: rate * Math.exp(0.08 * normal()),
    pitch: pitch * Math.exp(0.08 * normal()),
    range: range * Math.exp(0.25 * normal()),
    volume: volume + 3 * normal(),
  }
}

export interface Speaker {
  readonly name: string
  readonly part: Part
  say(phrase: string, manner: Manner, path: string): void
}

/** No speaker is in both parts. Only voices whose pitch can be set. */
export const speakers: readonly Speaker[] = [
  espeak('choose', 'en-us', 170, 50),
  espeak('choose', 'en-gb+f2', 150, 60),
  espeak('choose', 'en-gb-x-gbclan+m3', 190, 35),
  flite('choose', 'awb', 130, 20),
  flite('choose', 'kal', 95, 11),
  espeak('report', 'en-gb-scotland+m7', 160, 45),
  espeak('report', 'en-029+f4', 180, 65),
  espeak('report', 'en-gb-x-rp+klatt2', 150, 50),
  flite('report', 'slt', 170, 25),
  festival('report', 'ked_diphone', 105, 15),
]

/** An octave is about 50 of its steps of pitch. */
function espeak(part: Part, voice: string, rate: number, pitch: number): Speaker {
  const say = (phrase: string, by: Manner, path: string) => {
    const [speed, tone] = [rate * by.rate, pitch + 50 * Math.log2(by.pitch)].map(Math.round)
    const text = `<prosody range="${Math.round(Math.min(100 * by.range, 200))}%">${phrase}</prosody>`
    execFileSync('espeak-ng', ['-v', voice, '-s', `${speed}`, '-p', `${tone}`, '-m', '-w', path, text])
  }
  return { name: `espeak-ng ${voice}`, part, say }
}

function flite(part: Part, voice: string, pitch: number, range: number): Speaker {
  const say = (phrase: string, by: Manner, path: string) => {
    const features = { duration_stretch: 1 / by.rate, int_f0_target_mean: pitch * by.pitch, int_f0_target_stddev: range * by.range }
    const set = Object.entries(features).flatMap(([name, value]) => ['--setf', `${name}=${value.toFixed(3)}`])
    execFileSync('flite', ['-voice', voice, ...set, '-t', phrase, '-o', path])
  }
  return { name: `flite ${voice}`, part, say }
}

function festival(part: Part, voice: string, pitch: number, range: number): Speaker {
  const say = (phrase: string, by: Manner, path: string) => {
    const lines = [
      `(voice_${voice})`,
      `(Parameter.set 'Duration_Stretch ${1 / by.rate})`,
      `(set! int_lr_params '((target_f0_mean ${pitch * by.pitch}) (target_f0_std ${range * by.range}) (model_f0_mean 170) (model_f0_std 34)))`,
      `(utt.save.wave (utt.synth (Utterance Text "${phrase}")) "${path}" 'riff)`,
    ]
    execFileSync('festival', ['--pipe'], { input: [...lines, ''].join('\n') })
  }
  return { name: `festival ${voice}`, part, say }
}

export interface Phrase {
  readonly phrase: string
  readonly manner: string
  readonly speaker: Speaker
  /** At 16 kHz, as loud as the manner has it. */
  readonly samples: Float32Array
}

/** Every phrase by every speaker in every manner, each drawn anew. */
export async function phraseCorpus(): Promise<Phrase[]> {
  const all = speakers.flatMap((speaker, s) =>
    Object.keys(manners).flatMap((manner) =>
      phrases.map((phrase, p) => ({
        speaker,
        manner,
        phrase,
        file: `${s}-${manner}-${p}.wav`,
        by: drawn(manner, randomOf(`${speaker.name} ${manner} ${phrase}`)),
      })),
    ),
  )
  const said = all.map(({ speaker, phrase, by }) => JSON.stringify([speaker.name, phrase, by]))
  const folder = kept('phrases', said, (made) => {
    for (const { speaker, phrase, by, file } of all) speaker.say(phrase, by, join(made, file))
  })
  const sound = await samplesOf(all.map(({ file }) => join(folder, file)))
  return all.map(({ by, file: _, ...of }, i) => ({ ...of, samples: sound[i]!.map((x) => x * 10 ** (by.volume / 20)) }))
}
