// Pitch beside praat and aubio, on what Debian's synthesizers say and a person recorded, clean and in noise. The stage's constants were chosen on `voices`, those of the others on theirs; on `others` none was, but two of them called for `range`, which is praat's.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { missing, packages } from '../evaluate/voices.ts'
import { type Errors, errors, majority, noisy, others, ours, type Sound, soundOf, trackers, voices } from './pitchTracks.ts'

const all = [...voices, ...others]
const absent = missing({ ...packages, praat: '/usr/bin/praat', 'aubio-tools': '/usr/bin/aubiopitch', sox: '/usr/bin/sox' })
if (absent.length > 0) console.warn(`skipped, not installed: ${absent.join(', ')}`)

describe.skipIf(absent.length > 0 && process.env.POOLWISE_REQUIRE_ALL !== '1')('beside praat and aubio', () => {
  const folder = mkdtempSync(join(tmpdir(), 'poolwise-pitch-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const sounds = new Map<string, Sound>()
  const rows: { voice: string; noise: string; of: Record<string, Errors> }[] = []

  beforeAll(() => {
    for (const [i, [voice, make]] of all.entries()) {
      const path = join(folder, `${i}.wav`)
      make(path)
      const clean = soundOf(path)
      sounds.set(voice, clean)
      // Nobody knows what the pitch was: what two of the three agree on in the clean file is taken for it. So what two of them get wrong in one way is not seen, and no one is favored.
      const truth = majority(Object.values(trackers).map((track) => track(clean)))
      for (const [noise, sound] of [
        ['none', clean],
        ['10 dB', noisy(clean, 10, join(folder, `${i}-noisy.wav`))],
      ] as const)
        rows.push({
          voice,
          noise,
          of: Object.fromEntries(Object.entries(trackers).map(([name, track]) => [name, errors(track(sound), truth)])),
        })
    }
    const names = Object.keys(trackers)
    const cell = (errors: Errors) =>
      [errors.gross, errors.octaves, errors.voicing].map((share) => (100 * share).toFixed(1).padStart(5)).join('')
    console.log(
      [
        `Of 100 frames, off by more than 20 %, of these octaves, and wrongly voiced or unvoiced:\n${''.padEnd(40)}${names.map((name) => name.padEnd(18)).join('')}`,
        ...rows.map(
          ({ voice, noise, of }) => `${voice.padEnd(32)}${noise.padEnd(6)}${names.map((name) => `${cell(of[name]!)}   `).join('')}`,
        ),
      ].join('\n'),
    )
    const heard = [...sounds.values()]
    const begin = performance.now()
    for (const sound of heard) ours(sound, {})
    const share = (performance.now() - begin) / 1000 / heard.reduce((sum, { samples, rate }) => sum + samples.length / rate, 0)
    console.log(`pitch(): ${share.toFixed(3)} s a second of sound`)
  }, 300_000)

  test.each(['gross', 'voicing'] as const)('%s errors are no more than the better of the two makes and what lies between them', (kind) => {
    expect(rows.length).toBe(2 * all.length)
    for (const { voice, noise, of } of rows) {
      const [praat, aubio] = [of.praat![kind], of.aubio![kind]]
      expect(of.poolwise![kind], `${voice}, noise ${noise}`).toBeLessThanOrEqual(Math.min(praat, aubio) + Math.abs(praat - aubio))
    }
  })

  test('voicing errors over voices that nothing was chosen on are fewer than those of either in noise, and than those of aubio without', () => {
    const mean = (who: string, noise: string) => {
      const some = rows.filter((row) => row.noise === noise && others.some(([name]) => name === row.voice))
      return some.reduce((sum, { of }) => sum + of[who]!.voicing, 0) / some.length
    }
    const table = ['none', '10 dB'].map((noise) => Object.keys(trackers).map((who) => mean(who, noise)))
    console.log(`Means of voicing errors over these, ${Object.keys(trackers).join(', ')}, without and with noise: ${JSON.stringify(table)}`)
    expect(mean('poolwise', '10 dB')).toBeLessThan(Math.min(mean('praat', '10 dB'), mean('aubio', '10 dB')))
    expect(mean('poolwise', 'none')).toBeLessThan(mean('aubio', 'none'))
  })
})
