import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as pathOf } from 'node:path'
import { firstValueFrom, type Observable, toArray } from 'rxjs'
import { afterAll } from 'vitest'
import { type Frames, join } from '../../src/core/frames.ts'
import { concat } from '../concat.ts'

export { concat }

export const samples = 'samples/audio'

/** A folder of this test file's own, removed after it. */
export function folder(): { write(name: string, bytes: Uint8Array | string): string } {
  const path = mkdtempSync(pathOf(tmpdir(), 'poolwise-'))
  afterAll(() => rmSync(path, { recursive: true }))
  return {
    write(name, bytes) {
      const file = pathOf(path, name)
      writeFileSync(file, bytes)
      return file
    },
  }
}

export interface WavOptions {
  rate?: number
  channels?: number
  bits?: number
  /** 1 for integers, 3 for floats. */
  format?: number
  extensible?: boolean
  /** What the header says instead of the truth. */
  dataSize?: number
  riffSize?: number
  block?: number
  byteRate?: number
  /** Chunks before and after the samples. */
  before?: Uint8Array
  after?: Uint8Array
}

/** A WAV file around bytes of samples, after the layout in Microsoft's "Multimedia Programming Interface and Data Specifications 1.0". */
export function wavOf(data: Uint8Array, options: WavOptions = {}): Uint8Array<ArrayBuffer> {
  const { rate = 16000, channels = 1, bits = 16, format = 1, extensible = false } = options
  const block = options.block ?? (channels * bits) / 8
  const fmt = new DataView(new ArrayBuffer(extensible ? 40 : 16))
  fmt.setUint16(0, extensible ? 0xfffe : format, true)
  fmt.setUint16(2, channels, true)
  fmt.setUint32(4, rate, true)
  fmt.setUint32(8, options.byteRate ?? rate * block, true)
  fmt.setUint16(12, block, true)
  fmt.setUint16(14, bits, true)
  if (extensible) {
    fmt.setUint16(16, 22, true)
    fmt.setUint16(24, format, true)
  }
  const head = [chunk('fmt ', new Uint8Array(fmt.buffer)), options.before ?? new Uint8Array(0)]
  const body = concat(...head, chunk('data', data, options.dataSize), options.after ?? new Uint8Array(0))
  return chunk('RIFF', concat(new TextEncoder().encode('WAVE'), body), options.riffSize)
}

/** A RIFF chunk; a size that is odd is filled up with one byte. */
export function chunk(name: string, data: Uint8Array, size: number = data.length): Uint8Array<ArrayBuffer> {
  const head = new DataView(new ArrayBuffer(4))
  head.setUint32(0, size, true)
  return concat(new TextEncoder().encode(name), new Uint8Array(head.buffer), data, new Uint8Array(data.length % 2))
}

export function s16(values: ArrayLike<number>): Uint8Array {
  return new Uint8Array(Int16Array.from(values).buffer)
}

export async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** All blocks of a source, joined. */
export async function whole(source: Observable<Frames>): Promise<Frames> {
  return join(await firstValueFrom(source.pipe(toArray())))!
}

/** What a source gives before it ends, and the error it ends in. */
export function ending(source: Observable<Frames>): Promise<{ blocks: Frames[]; length: number; error: Error | undefined }> {
  const blocks: Frames[] = []
  return new Promise((resolve) => {
    const end = (error?: Error) => resolve({ blocks, length: blocks.reduce((sum, block) => sum + block.length, 0), error })
    source.subscribe({ next: (block) => blocks.push(block), error: end, complete: end })
  })
}

/** Amplitude of one frequency in samples, by correlation with a sine and a cosine over whole periods. */
export function amplitude(data: Float32Array, frequency: number, rate: number): number {
  let [sine, cosine] = [0, 0]
  data.forEach((value, i) => {
    const angle = (2 * Math.PI * frequency * i) / rate
    sine += value * Math.sin(angle)
    cosine += value * Math.cos(angle)
  })
  return (2 * Math.hypot(sine, cosine)) / data.length
}
