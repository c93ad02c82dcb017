// Harmonicity, jitter and shimmer beside praat's, on what Debian's synthesizers say and a person recorded.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apply, type Frames, globalPool, harmonicity, jitter, shimmer, signal } from 'poolwise'
import { afterAll, describe, expect, test } from 'vitest'
import { missing, packages } from '../evaluate/voices.ts'
import { high, low, praat, soundOf, voices } from './pitchTracks.ts'

const absent = missing({ ...packages, praat: '/usr/bin/praat', sox: '/usr/bin/sox' })
if (absent.length > 0) console.warn(`skipped, not installed: ${absent.join(', ')}`)

describe.skipIf(absent.length > 0 && process.env.POOLWISE_REQUIRE_ALL !== '1')('beside praat', () => {
  const folder = mkdtempSync(join(tmpdir(), 'poolwise-quality-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  test('voices are about as harmonic, and as uneven', { timeout: 300_000 }, () => {
    const rows = voices.map(([voice, make], i) => {
      const path = join(folder, `${i}.wav`)
      make(path)
      const { samples, rate } = soundOf(path)
      const sound = signal(samples, { rate })
      const options = { min: low, max: high }
      const [line, ...lines] = praat('quality.praat', path, low, high).trim().split('\n')
      const [uneven, rough] = line!.split(' ').map(Number) as [number, number]
      const theirs = new Map(
        lines.map((each) => each.split(' ').map(Number) as [number, number]).map(([t, value]) => [Math.round(100 * t), value]),
      )
      const found = apply(sound, harmonicity(options))
      const pairs = Array.from(found.data, (value, k) => [value, theirs.get(Math.round(100 * (k * 0.01 + 0.03))) ?? -200] as const)
      const both = pairs.filter(([, value], k) => found.weights![k]! > 0 && value > -200)
      const mean = (all: readonly number[]) => all.reduce((sum, x) => sum + x, 0) / all.length
      const [a, b] = [both.map(([x]) => x), both.map(([, x]) => x)]
      const periods = apply(sound, jitter(options))
      return {
        voice,
        harmonicity: [mean(a), mean(b), correlation(a, b)] as const,
        jitter: [apply(periods, globalPool('mean')).data[0]!, within(periods), uneven] as const,
        shimmer: [apply(sound, shimmer(options), globalPool('mean')).data[0]!, rough] as const,
      }
    })
    const percent = (values: readonly number[]) => values.map((x) => `${(100 * x).toFixed(2)} %`.padStart(9)).join('')
    console.log(
      [
        'Poolwise and praat: harmonicity of frames that both have, in dB, and its correlation; jitter of all frames, of those within voiced speech, praat; shimmer.',
        'praat takes a recording as one, in which each period counts once; here it counts in every frame that holds it, as much as the frame weighs, so that breathy ones count less.',
        'Frames also reach over the ends of voiced speech: where the second jitter is nearer to praat, that is the difference. Its frames of harmonicity are twice as long, under a Gaussian.',
        ...rows.map(
          ({ voice, harmonicity: [a, b, r], jitter, shimmer }) =>
            `${voice.padEnd(32)}${a.toFixed(1).padStart(6)}${b.toFixed(1).padStart(6)}${r.toFixed(2).padStart(6)}   ${percent(jitter)}   ${percent(shimmer)}`,
        ),
      ].join('\n'),
    )
    for (const { voice, harmonicity, jitter, shimmer } of rows) {
      expect(Math.abs(harmonicity[0] - harmonicity[1]), `harmonicity of ${voice}, dB`).toBeLessThan(1)
      expect(harmonicity[2], `harmonicity of ${voice}, correlation`).toBeGreaterThan(0.5)
      expect(Math.abs(jitter[0] - jitter[2]), `jitter of ${voice}`).toBeLessThan(0.0075)
      expect(Math.abs(shimmer[0] - shimmer[1]), `shimmer of ${voice}`).toBeLessThan(0.025)
    }
  })
})

/** The mean over frames that have three seen ones to either side. */
function within({ data, weights, length }: Frames): number {
  const inner = Array.from(data).filter((_, t) => t >= 3 && t + 3 < length && weights!.subarray(t - 3, t + 4).every((weight) => weight > 0))
  return inner.reduce((sum, x) => sum + x, 0) / inner.length
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (all: readonly number[]) => all.reduce((sum, x) => sum + x, 0) / all.length
  const [m, n] = [mean(a), mean(b)]
  const sum = (of: (i: number) => number) => a.reduce((total, _, i) => total + of(i), 0)
  return sum((i) => (a[i]! - m) * (b[i]! - n)) / Math.sqrt(sum((i) => (a[i]! - m) ** 2) * sum((i) => (b[i]! - n) ** 2))
}
