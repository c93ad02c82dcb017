// Words of the samples, for what listens to them.
import { readFileSync } from 'node:fs'
import { decodeAudio } from 'poolwise/audio'
import { samples, whole } from './sources/recordings.ts'

/** A word by a voice, at 16 kHz. */
export async function word(name: string, voice: string): Promise<Float32Array> {
  return (await whole(decodeAudio(new Uint8Array(readFileSync(`${samples}/words/${name}-${voice}.wav`))))).data
}
