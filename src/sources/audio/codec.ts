import { DataError } from '../../core/check.ts'
import { missing } from '../../core/missing.ts'
import type { Samples } from './encoding.ts'

interface Decoded {
  readonly sampleRate: number
  readonly channelData: readonly Float32Array[]
  /** What could not be decoded, and how many samples there were before it. */
  readonly errors?: readonly { readonly message: string; readonly outputSamples: number }[]
}

interface Decoder {
  decode(bytes: Uint8Array): Decoded
  flush?(): Decoded
  free(): void
}

export interface Codec {
  readonly name: string
  load(): Promise<{ decoder(): Promise<Decoder> }>
}

// The packages behind @audio/decode one by one, because that names one that is not published, and so cannot be bundled for a browser.
export const codecs = {
  mp3: { name: 'MP3', load: () => import('@audio/decode-mp3').catch(missing('decoding MP3', '@audio/decode-mp3')) },
  flac: { name: 'FLAC', load: () => import('@audio/decode-flac').catch(missing('decoding FLAC', '@audio/decode-flac')) },
  vorbis: { name: 'Vorbis', load: () => import('@audio/decode-vorbis').catch(missing('decoding Vorbis', '@audio/decode-vorbis')) },
  opus: { name: 'Opus', load: () => import('@audio/decode-opus').catch(missing('decoding Opus', '@audio/decode-opus')) },
} satisfies Record<string, Codec>

/** The decoders wait for ever where a page may not compile WebAssembly, so the smallest module (magic number and version) is tried before. */
async function compilable(name: string): Promise<void> {
  await WebAssembly.compile(Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0)).catch((cause: unknown) => {
    throw new Error(
      `decoding ${name}: expected a page that may compile WebAssembly, got ${(cause as Error).name}; add 'wasm-unsafe-eval' to its Content-Security-Policy's script-src`,
      { cause },
    )
  })
}

/**
 * Decodes whole frames or pages. Where they end in an error, what came before it is decoded first.
 * @throws DataError for what the decoder complains of, and where there is no sound
 */
export async function* run(
  who: string,
  { name, load }: Codec,
  frames: AsyncIterable<Uint8Array>,
): AsyncGenerator<Samples, void, undefined> {
  await compilable(name)
  const machine = await (await load()).decoder()
  let found = 0
  function* heard(step: () => Decoded | undefined): Generator<Samples, void, undefined> {
    const { sampleRate: rate, channelData, errors } = attempt(who, name, step) ?? { sampleRate: 0, channelData: [] }
    const error = errors?.[0]
    const channels = error ? channelData.map((channel) => channel.subarray(0, Math.max(0, error.outputSamples - found))) : channelData
    if (channels[0]?.length) {
      found += channels[0].length
      yield { rate, channels }
    }
    if (error)
      throw new DataError(`${who}: expected ${name} that can be decoded, got an error after ${found} samples (${error.message})`, {
        frame: found,
      })
  }
  const source = frames[Symbol.asyncIterator]()
  try {
    let damage: { readonly cause: unknown } | undefined
    for (let ended = false; !ended; ) {
      const next = await source.next().catch((cause: unknown) => {
        damage = { cause }
        return { done: true, value: undefined } as const
      })
      ended = next.done === true
      if (next.value) yield* heard(() => machine.decode(next.value!))
    }
    yield* heard(() => machine.flush?.())
    if (damage) throw damage.cause
  } finally {
    machine.free()
    await source.return?.()
  }
  if (found === 0) throw new DataError(`${who}: expected ${name}, got a header without sound`)
}

function attempt<Result>(who: string, name: string, step: () => Result): Result {
  try {
    return step()
  } catch (cause) {
    // Decoders have faults of their own.
    const got = cause instanceof TypeError || cause instanceof ReferenceError ? 'what its decoder fails at' : (cause as Error).message
    throw new DataError(`${who}: expected ${name} that can be decoded, got ${got}`, { cause })
  }
}
