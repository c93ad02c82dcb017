// Recordings, and all 88 of each by the library beside those by their definitions.
import { apply, functionals, signal } from 'poolwise'
import { audioFiles } from 'poolwise/node'
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs'
import { expect } from 'vitest'
import { join } from '../../src/core/frames.ts'
import { egemaps } from './egemaps.ts'

/** Samples of a spoken word, such as 'bat-v2'. */
export async function recordingOf(word: string): Promise<Float32Array> {
  const { frames } = await firstValueFrom(audioFiles([`samples/audio/words/${word}.wav`]))
  return new Float32Array(join(await lastValueFrom(frames.pipe(toArray())))!.data)
}

/** Spectra and samples in between are float32: a ten-thousandth of a value, or of what is near 0 a ten-millionth. */
export function near(samples: Float32Array): void {
  const expected = egemaps(samples)
  const { data, layout } = apply(signal(samples, { rate: 16_000 }), functionals('egemaps'))
  expect([...layout.names.bins].sort()).toEqual(Object.keys(expected).sort())
  for (const [i, name] of layout.names.bins.entries()) {
    const value = expected[name]!
    expect(Math.abs(data[i]! - value), `${name}: ${data[i]}, not ${value}`).toBeLessThanOrEqual(1e-4 * Math.max(Math.abs(value), 1e-3))
  }
}
