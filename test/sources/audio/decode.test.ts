import { readFileSync } from 'node:fs'
import { build } from 'esbuild'
import { decodeAudio } from 'poolwise/audio'
import { describe, expect, it } from 'vitest'
import { OfflineAudioContext } from 'web-audio-api'
import { DataError } from '../../../src/core/check.ts'
import { apply } from '../../../src/core/stage.ts'
import { logMel } from '../../../src/stages/index.ts'
import { ending, s16, samples, wavOf, whole } from '../recordings.ts'

const context = new OfflineAudioContext(1, 1, 16000)
const read = (name: string) => new Uint8Array(readFileSync(`${samples}/${name}`))

describe('decodeAudio', () => {
  it('takes an ArrayBuffer, bytes, a Blob and a stream, the first three as often as wanted', async () => {
    const bytes = wavOf(s16([1, 2, 3]))
    const inputs = [bytes, bytes.buffer, new Blob([bytes]), new Blob([bytes]).stream()]
    for (const input of inputs) {
      const source = decodeAudio(input)
      expect([...(await whole(source)).data].map((x) => x * 32768)).toEqual([1, 2, 3])
      if (!(input instanceof ReadableStream)) expect((await whole(source)).layout.length).toBe(3)
    }
  })

  it.each(['words/ship-v2.wav', 'formats/ship-v2.mp3', 'formats/ship-v2.flac', 'formats/ship-v2.ogg', 'formats/stereo-44k.wav'])(
    "gives of %s the features that a context's own decoder gives",
    async (name) => {
      const [own, contexts] = await Promise.all([whole(decodeAudio(read(name))), whole(decodeAudio(read(name), { context }))])
      expect(contexts.length).toBe(own.length)
      const [a, b] = [apply(own, logMel({ bands: 40 })), apply(contexts, logMel({ bands: 40 }))]
      expect(a.length).toBeGreaterThan(40)
      // The context divides integers, or positive integers alone, by 2^15 − 1: a power may differ by (1 + 1 / 32767)² − 1 = 6.1e-5 of the loudest.
      const [powers, others] = [a.data.map(Math.exp), b.data.map(Math.exp)]
      const loudest = Math.max(...powers)
      expect(Math.max(...powers.map((x, i) => Math.abs(x - others[i]!)))).toBeLessThan(6.2e-5 * loudest)
    },
  )

  it('keeps the bytes it was given whole, also where a context takes them', async () => {
    const bytes = read('words/bat-v1.wav')
    await whole(decodeAudio(bytes, { context }))
    expect(bytes.length).toBe(15980)
  })

  it('uses a chunk before the stream writes into it again', async () => {
    const bytes = wavOf(s16(Int16Array.from({ length: 1000 }, (_, i) => i)))
    const shared = new Uint8Array(100)
    let at = 0
    const reusing = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const part = bytes.subarray(at, at + 100)
          shared.set(part)
          controller.enqueue(shared.subarray(0, part.length))
          at += 100
          if (at >= bytes.length) controller.close()
        },
      },
      { highWaterMark: 0 },
    )
    const [streamed, once] = [await whole(decodeAudio(reusing, { context })), await whole(decodeAudio(bytes, { context }))]
    expect(streamed.data).toEqual(once.data)
  })

  it.each([{}, { context }])('says that there is nothing, or nothing that can be decoded', async (options) => {
    const empty = await ending(decodeAudio(new Uint8Array(0), options))
    expect(empty.error).toBeInstanceOf(DataError)
    expect(empty.error?.message).toBe('decodeAudio: expected audio, got an empty file')
    const text = await ending(decodeAudio(new TextEncoder().encode('not a sound at all'), options))
    expect(text.error).toBeInstanceOf(DataError)
    expect(text.error?.message).toMatch(/^decodeAudio: expected /)
  })

  it('refuses what is no input, and unknown options', () => {
    expect(() => decodeAudio('word.wav' as never)).toThrow(
      'decodeAudio: input must be an ArrayBuffer, a Uint8Array, a Blob or a ReadableStream, got "word.wav"',
    )
    expect(() => decodeAudio(new Uint8Array(1), { contex: context } as never)).toThrow(
      'decodeAudio: unknown option "contex"; did you mean "context"?',
    )
  })
})

describe('poolwise/audio', () => {
  it('is bundled for a browser, with its decoders and without modules of Node', async () => {
    const { outputFiles } = await build({
      entryPoints: ['src/audio.ts'],
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'browser',
      outdir: 'unwritten',
      write: false,
      logLevel: 'silent',
    })
    expect(outputFiles.length).toBeGreaterThan(1)
    expect(outputFiles.some(({ text }) => /(from|import\()\s*["']node:/.test(text.slice(0, 5000)))).toBe(false)
  })
})
