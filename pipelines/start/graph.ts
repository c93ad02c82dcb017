import { readFile } from 'node:fs/promises'
import type { Frames, Vector } from 'poolwise'
import { audioNode, decodeAudio } from 'poolwise/audio'
import type { Pipeline } from 'poolwise/node'
import { lastValueFrom, type Observable, of, tap, toArray } from 'rxjs'
import { type AudioBuffer, AudioWorkletNode, OfflineAudioContext } from 'web-audio-api'
import { pooled } from './listed.ts'
import { heading, say } from './print.ts'

const rate = 16000

/** Plays the file of a vector in an audio graph, taps it there, and compares what comes of it with that vector. */
export async function audioGraph({ load }: Pipeline, { id, vector }: Vector): Promise<void> {
  heading("The same through web-audio-api's audio graph")
  const samples = await samplesOf(id)
  const buffer = new OfflineAudioContext(1, samples.length, rate).createBuffer(1, samples.length, rate)
  buffer.getChannelData(0).set(samples)
  const bytes = Uint8Array.from(await readFile(id)).buffer
  const otherwise = await new OfflineAudioContext(1, 1, rate).decodeAudioData(bytes)

  const { stages } = await load()
  const vectorOf = async (played: AudioBuffer) => (await pooled(of({ id, frames: tapped(played) }), stages))[0]!.vector
  say(id, 'played in an OfflineAudioContext, tapped by audioNode, then the same stages:')
  say(`  ${verdict(await vectorOf(buffer), vector)}`)
  say(
    'Decoded by web-audio-api as well, which divides positive samples by 32767,',
    "negative ones by 32768, where poolwise's reader always takes 32768:",
  )
  say(`  ${verdict(await vectorOf(otherwise), vector)}`)
}

/** The samples of a recording, mixed to one channel at 16 kHz. */
export async function samplesOf(path: string): Promise<Float32Array> {
  const blocks = await lastValueFrom(decodeAudio(await readFile(path), { rate }).pipe(toArray()))
  const samples = new Float32Array(blocks.reduce((sum, { length }) => sum + length, 0))
  for (const { start, data } of blocks) samples.set(data, start)
  return samples
}

function tapped(buffer: AudioBuffer): Observable<Frames> {
  const context = new OfflineAudioContext(1, buffer.length, rate)
  const source = context.createBufferSource()
  source.buffer = buffer
  source.start()
  return audioNode(source, { worklet: AudioWorkletNode }).pipe(
    tap(({ start, length }) => {
      // The first block, without frames, comes when the tap is connected: the context may start.
      if (start === 0 && length === 0) void context.startRendering()
    }),
  )
}

function verdict(a: Float32Array, b: Float32Array): string {
  if (a.length === b.length && a.every((x, i) => Object.is(x, b[i]))) return `the same ${a.length} values as from the file, bit for bit`
  const distance = Math.hypot(...a.map((x, i) => x - b[i]!))
  return `not the same: distance ${distance.toPrecision(2)} between vectors of length ${Math.hypot(...b).toPrecision(3)}`
}
