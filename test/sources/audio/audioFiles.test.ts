import { mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import decodeWhole from '@audio/decode'
import { firstValueFrom, take, toArray } from 'rxjs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { DataError } from '../../../src/core/check.ts'
import { max } from '../../../src/poolings/index.ts'
import { audioFiles } from '../../../src/sources/audio/audioFiles.ts'
import { decoded } from '../../../src/sources/audio/formats.ts'
import { globalPool, pool1d } from '../../../src/stages/index.ts'
import { eachSequence, type Sequence } from '../../../src/streams/eachSequence.ts'
import { toVectors } from '../../../src/streams/toVectors.ts'
import { cut, ending, folder, s16, samples, wavOf, whole } from '../recordings.ts'

const files = folder()
const formats = ['bat-v1', 'ship-v2', 'umbrella-v5', 'elephant-v8'].flatMap((word) =>
  ['flac', 'mp3', 'ogg'].map((ending) => `${word}.${ending}`),
)

function sequences(...[paths, options]: Parameters<typeof audioFiles>): Promise<Sequence[]> {
  return firstValueFrom(audioFiles(paths, options).pipe(toArray()))
}

async function only(...args: Parameters<typeof audioFiles>): Promise<Sequence> {
  const all = await sequences(...args)
  expect(all).toHaveLength(1)
  return all[0]!
}

async function decodedIn(bytes: Uint8Array, size: number): Promise<Float32Array> {
  const parts: number[] = []
  for await (const { channels } of decoded('test', cut(bytes, size))) for (const x of channels[0]!) parts.push(x)
  return Float32Array.from(parts)
}

afterEach(() => {
  vi.doUnmock('@audio/decode-mp3')
  vi.resetModules()
})

describe('decoding in chunks', () => {
  it.each(formats)('gives all of %s wherever it is cut', async (name) => {
    const bytes = new Uint8Array(readFileSync(`${samples}/formats/${name}`))
    const word = name.slice(0, name.indexOf('.'))
    // FLAC has an oracle of its own: the WAV it was made of.
    const wav = name.endsWith('flac') ? new Uint8Array(readFileSync(`${samples}/words/${word}.wav`)) : undefined
    const expected = wav ? await decodedIn(wav, wav.length) : (await decodeWhole(bytes)).channelData[0]!
    expect(expected.length).toBeGreaterThan(7000)
    for (const size of [1, 7, 16, 100, 333, 1000, 4096, 10000, 65536, 2 ** 20]) {
      const found = await decodedIn(bytes, size)
      expect(found.length, `chunks of ${size}`).toBe(expected.length)
      expect(Buffer.compare(Buffer.from(found.buffer), Buffer.from(expected.slice().buffer)), `chunks of ${size}`).toBe(0)
    }
  })
})

describe('audioFiles', () => {
  it('gives every file that matches, in order, under its path, and no file twice', async () => {
    const found = await sequences([`${samples}/words/bat-v*.wav`, `${samples}/minute.wav`, `${samples}/words/bat-v2.wav`])
    const words = Array.from({ length: 8 }, (_, i) => `${samples}/words/bat-v${i + 1}.wav`)
    expect(found.map(({ id }) => id)).toEqual([...words, `${samples}/minute.wav`])
    const absolute = await only(resolve(samples, 'minute.*av'))
    expect(absolute.id).toBe(resolve(samples, 'minute.wav'))
  })

  it('resamples and mixes', async () => {
    const path = `${samples}/formats/stereo-44k.wav`
    const mono = await whole((await only(path)).frames)
    expect(mono.layout).toMatchObject({ channels: 1, length: Math.round((93861 * 16000) / 44100) })
    expect(mono.length).toBe(mono.layout.length)
    const stereo = await whole((await only(path, { rate: 44100, channels: 'keep' })).frames)
    expect(stereo.layout).toMatchObject({ channels: 2, length: 93861 })
    expect(stereo.length).toBe(93861)
    const mixed = await whole((await only(path, { rate: 44100 })).frames)
    expect(mixed.data[50000]).toBe(Math.fround((stereo.data[100000]! + stereo.data[100001]!) / 2))
    expect(mixed.data[50000]).not.toBe(0)
  })

  it('keeps one channel of a mono MP3', async () => {
    const block = await whole((await only(`${samples}/formats/bat-v1.mp3`, { channels: 'keep' })).frames)
    expect(block.layout.channels).toBe(1)
    expect(block.length).toBe(7968)
  })

  it('takes a file whose name looks like a pattern for that file', async () => {
    const path = files.write('take*.wav', wavOf(s16([1, 2])))
    files.write('take2.wav', wavOf(s16([3])))
    expect((await only(path)).id).toBe(path)
  })

  it('gives a sequence that errors for a pattern that matches nothing, and goes on', async () => {
    const pattern = `${samples}/*.aiff`
    const [none, word, ...others] = await sequences([pattern, `${samples}/words/bat-v1.wav`, pattern])
    const { error, blocks } = await ending(none!.frames)
    const expected = new DataError(`audioFiles: expected files that match "${pattern}", got none`, { sequence: pattern })
    expect([none!.id, blocks, error]).toEqual([pattern, [], expected])
    expect((await whole(word!.frames)).length).toBe(7968)
    expect(others).toEqual([])
  })

  it('gives a sequence that errors for a path that does not exist, and goes on', async () => {
    const [missing, word] = await sequences(['nowhere.wav', `${samples}/words/bat-v1.wav`])
    const { error, blocks } = await ending(missing!.frames)
    expect(error).toBeInstanceOf(DataError)
    expect(error?.message).toMatch(/^audioFiles: nowhere\.wav: expected a file that can be read, got ENOENT/)
    expect(blocks).toHaveLength(0)
    expect((await whole(word!.frames)).length).toBe(7968)
  })

  it('reads what there is in a folder and those below it, in order, but what is hidden or no sound', async () => {
    const sound = wavOf(s16(new Int16Array(100)))
    const folder = `${dirname(files.write('none', ''))}/folder`
    const names = ['b.wav', 'a.WAV', 'below/c [1].wave', 'below/.hidden.wav', '.git/d.wav', 'e.txt', 'f.wav/g.mp3', 'z.wav.tmp']
    for (const name of names) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), sound)
    }
    symlinkSync('.', join(folder, 'self'))
    symlinkSync('missing', join(folder, 'broken.wav'))
    const ids = ['a.WAV', 'b.wav', 'below/c [1].wave', 'broken.wav', 'f.wav/g.mp3'].map((name) => `${folder}/${name}`)
    for (const path of [folder, `${folder}/`]) {
      const all = await sequences(path)
      expect(all.map(({ id }) => id)).toEqual(ids)
      for (const { id, frames } of all) {
        if (id.includes('broken')) expect((await ending(frames)).error?.message).toContain('ENOENT')
        else expect((await whole(frames)).length).toBe(100)
      }
    }
    mkdirSync(join(folder, '.empty'))
    const { error } = await ending((await only(join(folder, '.empty'))).frames)
    expect(error?.message).toContain('audioFiles: expected files ending in .wav, .wave, ')
  })

  it('opens nothing before it is subscribed, and closes on unsubscription and at the end', async () => {
    const path = resolve(files.write('long.wav', wavOf(s16(new Int16Array(200_000)))))
    const isOpen = () =>
      readdirSync('/proc/self/fd').some((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`) === path
        } catch {
          return false
        }
      })
    const { frames } = await only(path)
    expect(isOpen()).toBe(false)
    const during: boolean[] = []
    await new Promise<void>((done) => frames.pipe(take(3)).subscribe({ next: () => during.push(isOpen()), complete: done }))
    expect(during).toEqual([true, true, true])
    await vi.waitFor(() => expect(isOpen()).toBe(false))
    expect((await whole(frames)).length).toBe(200_000)
    await vi.waitFor(() => expect(isOpen()).toBe(false))
  })

  it('gives what there is of a truncated MP3, then says what the last frame lacks', async () => {
    const bytes = new Uint8Array(readFileSync(`${samples}/formats/bat-v1.mp3`))
    const path = files.write('cut.mp3', bytes.subarray(0, 2500))
    const { length, error } = await ending((await only(path)).frames)
    // Frames at 64 kbit/s and 16 kHz have 72 · 64 / 16 = 288 bytes, and 8 · 288 + 196 are 2500.
    expect(error).toBeInstanceOf(DataError)
    expect(error?.message).toBe(`audioFiles: ${path}: expected whole MP3 frames, got a last one that lacks 92 bytes`)
    expect(length).toBeGreaterThan(2000)
    expect(length).toBeLessThan(5000)
  })

  it('gives what there is of a truncated FLAC, then that it ends within a frame', async () => {
    const bytes = new Uint8Array(readFileSync(`${samples}/formats/bat-v1.flac`))
    const path = files.write('cut.flac', bytes.subarray(0, 6000))
    const { length, error } = await ending((await only(path)).frames)
    expect(length).toBeGreaterThan(4000)
    expect(error).toBeInstanceOf(DataError)
    expect(error?.message).toMatch(/cut\.flac: expected a FLAC frame at byte \d+, got the end of the file within one$/)
  })

  it.each([
    ['whole MP3 frames, got a last one that lacks 410 bytes', 'noise.mp3', Uint8Array.of(0xff, 0xfb, 0x90, 0x00, 1, 2, 3)],
    [
      'FLAC frames, got the end of the file within its metadata',
      'header.flac',
      new Uint8Array(readFileSync(`${samples}/formats/bat-v1.flac`)).subarray(0, 100),
    ],
    [
      'a whole Ogg page at byte 58, got the end of the file',
      'header.ogg',
      new Uint8Array(readFileSync(`${samples}/formats/bat-v1.ogg`)).subarray(0, 100),
    ],
  ])('expects %s', async (expected, file, bytes) => {
    const path = files.write(file, bytes)
    const { error } = await ending((await only(path)).frames)
    expect(error).toBeInstanceOf(DataError)
    expect(error?.message).toBe(`audioFiles: ${path}: expected ${expected}`)
  })

  it('says what to install where the decoder is missing, which WAV does not need', async () => {
    vi.resetModules()
    vi.doMock('@audio/decode-mp3', () => {
      throw new Error('Cannot find package')
    })
    const fresh = await import('../../../src/sources/audio/audioFiles.ts')
    const read = async (path: string) => ending((await firstValueFrom(fresh.audioFiles(path))).frames)
    expect((await read(`${samples}/formats/bat-v1.mp3`)).error?.message).toBe(
      'decoding MP3: expected @audio/decode-mp3 to be installed; npm install @audio/decode-mp3',
    )
    expect((await read(`${samples}/words/bat-v1.wav`)).error).toBeUndefined()
  })

  it('leaves out the window that damage cuts short, or ends it there; the damage is told of in any case', async () => {
    const bytes = new Uint8Array(readFileSync(`${samples}/words/bat-v1.wav`))
    const path = files.write('half.wav', bytes.subarray(0, 44 + 2 * 4000))
    const pooled = async (size: number, damaged?: 'skip' | 'keep') => {
      const stage = size === Infinity ? globalPool(max) : pool1d(max, { size, partial: 'keep' })
      const source = audioFiles(path, damaged ? { damaged } : {}).pipe(eachSequence(stage), toVectors(), toArray())
      return (await firstValueFrom(source)).map((item) => ('error' in item ? item.error.message : [item.start, item.weight]))
    }
    const said = `audioFiles: ${path}: expected 7968 samples, as its header promises, got 4000`
    expect(await pooled(Infinity)).toEqual([said])
    expect(await pooled(Infinity, 'keep')).toEqual([[0, 4000], said])
    const windows = [
      [0, 1500],
      [0.09375, 1500],
    ]
    expect(await pooled(1500)).toEqual([...windows, said])
    expect(await pooled(1500, 'keep')).toEqual([...windows, [0.1875, 1000], said])
    const kept = await firstValueFrom(audioFiles(path, { damaged: 'keep' }).pipe(eachSequence(globalPool(max)), toVectors(), toArray()))
    const whole = new Int16Array(bytes.buffer, 44).subarray(0, 4000)
    expect(kept[0]).toMatchObject({ vector: Float32Array.of(Math.max(...whole) / 32768), weight: 4000 })
  })

  it.each<[unknown, object, string]>([
    [[], {}, 'audioFiles: paths must be a path, a glob pattern or a list of them, got []'],
    ['', {}, 'audioFiles: paths must be a path, a glob pattern or a list of them, got ""'],
    ['a.wav', { rate: 0 }, 'audioFiles: rate must be an integer ≥ 1, got 0'],
    ['a.wav', { channels: 'left' }, 'audioFiles: channels must be one of mix, keep, got "left"'],
    ['a.wav', { concurrency: 4 }, 'audioFiles: unknown option "concurrency"; the options are rate, channels, decoder, damaged'],
  ])('refuses %j with %j', (paths, options, message) => {
    expect(() => audioFiles(paths as string, options)).toThrow(message)
  })
})
