import { readFile } from 'node:fs/promises'
import { eachSequence, toVectors, type Vector } from 'poolwise'
import { audioNode } from 'poolwise/audio'
import type { Pipeline } from 'poolwise/node'
import { of, tap } from 'rxjs'
import { type AudioBuffer, AudioWorkletNode, OfflineAudioContext } from 'web-audio-api'
import { listed } from './listed.ts'
import { heading, say } from './print.ts'

/** Plays the file of a vector in an audio graph, taps it, and compares what comes out with that vector. */
export async function audioGraph(pipeline: Pipeline, file: Vector): Promise<void> {
  heading('The same through an audio graph')
  const buffer = await decoded(file.id)
  const context = new OfflineAudioContext(1, buffer.length, buffer.sampleRate)
  const source = context.createBufferSource()
  source.buffer = buffer
  source.start()
  // The first block has no frames: it comes when the tap is connected, and then the context may start.
  let started = false
  const frames$ = audioNode(source, { worklet: AudioWorkletNode }).pipe(
    tap(() => {
      if (!started) void context.startRendering()
      started = true
    }),
  )
  const { stages } = await pipeline.load()
  const [tapped] = await listed(of({ id: file.id, frames: frames$ }).pipe(eachSequence(...stages), toVectors()))
  say(`${file.id}`, 'decoded and played by web-audio-api in an OfflineAudioContext, tapped by audioNode:')
  say(verdict(tapped!.vector, file.vector))
}

/** The samples of a file, decoded by web-audio-api. */
export async function decoded(path: string): Promise<AudioBuffer> {
  const bytes = await readFile(path)
  return new OfflineAudioContext(1, 1, 16000).decodeAudioData(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}

function verdict(a: Float32Array, b: Float32Array): string {
  if (a.length === b.length && Buffer.from(a.buffer).equals(Buffer.from(b.buffer)))
    return `the same ${a.length} values as from the file, bit for bit.`
  const distance = a.length === b.length ? Math.hypot(...a.map((x, i) => x - b[i]!)) : Number.NaN
  return `not the same values as from the file: Euclidean distance ${distance.toPrecision(3)}, length ${Math.hypot(...b).toPrecision(3)}.`
}
