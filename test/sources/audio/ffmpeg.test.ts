import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { firstValueFrom, take, toArray } from 'rxjs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { DataError } from '../../../src/core/check.ts'
import { read } from '../../../src/core/options.ts'
import { audioFiles, audioStream, fileOptions } from '../../../src/sources/audio/audioFiles.ts'
import { installed } from '../../programs.ts'
import { cut, ending, folder, s16, samples, wavOf, whole } from '../recordings.ts'

const files = folder()
const ffmpeg = installed('ffmpeg')
const word = `${samples}/words/ship-v2.wav`

async function framesOf(...args: Parameters<typeof audioFiles>) {
  return (await firstValueFrom(audioFiles(...args))).frames
}

/** The word in another container, by ffmpeg itself. */
function made(name: string, ...options: string[]): string {
  const path = files.write(name, '')
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', word, ...options, path])
  return path
}

const running = () =>
  readdirSync('/proc').filter((id) => {
    try {
      return /^\d+$/.test(id) && readFileSync(`/proc/${id}/stat`, 'utf8').includes(`(ffmpeg) S ${process.pid}`)
    } catch {
      return false
    }
  })

afterEach(() => {
  vi.unstubAllEnvs()
})

describe.skipIf(!ffmpeg)('what ffmpeg decodes', () => {
  it.each([
    ['word.aiff', []],
    ['word.caf', []],
    ['word.au', []],
    ['word.mka', ['-c:a', 'flac']],
    ['word.m4a', ['-c:a', 'alac']],
    ['word.wv', []],
    ['word.tta', []],
    ['word with "quotes", % and : in it.aiff', []],
    ['-y.aiff', []],
  ] as [string, string[]][])('%s, which loses nothing, has the samples of the WAV', async (name, options) => {
    const expected = await whole(await framesOf(word))
    expect(await whole(await framesOf(made(name, ...options)))).toMatchObject({ data: expected.data })
  })

  it.each([
    ['word.aac', []],
    ['lossy.m4a', []],
    ['word.webm', []],
    ['word.wma', []],
    ['word.mp2', []],
    ['word.ac3', []],
    ['word.ts', []],
    ['adpcm.wav', ['-c:a', 'adpcm_ima_wav']],
    ['ms.wav', ['-c:a', 'adpcm_ms']],
  ] as [string, string[]][])('%s has its length', async (name, options) => {
    const { data } = await whole(await framesOf(made(name, ...options)))
    // Codecs fill up their last frames, and some delay.
    expect(Math.abs(data.length - 8267)).toBeLessThan(3000)
    expect(Math.max(...data)).toBeGreaterThan(0.3)
  })

  it('is asked for everything by `decoder`', async () => {
    const [own, theirs] = [await framesOf(word), await framesOf(word, { decoder: 'ffmpeg' })]
    expect((await whole(theirs)).data).toEqual((await whole(own)).data)
  })

  it('reads standard input, too', async () => {
    const bytes = new Uint8Array(readFileSync(made('piped.mka', '-c:a', 'flac')))
    for (const decoder of ['auto', 'ffmpeg'] as const) {
      const { frames } = audioStream('stdin', cut(bytes, 1000), read('test', fileOptions, { decoder }))
      expect((await whole(frames)).data).toEqual((await whole(await framesOf(word))).data)
    }
  })

  it('passes its complaint on, after the samples before it', async () => {
    const none = await ending(await framesOf(files.write('text.m4a', 'no sound at all')))
    expect(none.error).toBeInstanceOf(DataError)
    expect(none.error?.message).toMatch(
      /text\.m4a: expected sound that ffmpeg can decode, got a file that begins with "no sound at "; ffmpeg: Invalid data found/,
    )
    const all = new Uint8Array(readFileSync(made('half.mka', '-c:a', 'pcm_s16le')))
    const half = await ending(await framesOf(files.write('half.mka', all.subarray(0, all.length / 2)), { decoder: 'ffmpeg' }))
    expect(half.length).toBeGreaterThan(2000)
    expect(half.error?.message).toMatch(/half\.mka: expected sound that ffmpeg can decode, got the file; ffmpeg: \S/)
  })

  it('opens no address that a playlist names', async () => {
    const list = files.write('list.m3u8', '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n')
    expect((await ending(await framesOf(list))).error?.message).toMatch(/ffmpeg: /)
  })

  it('is killed when nobody listens any more', async () => {
    const long = files.write('long.wav', wavOf(s16(new Int16Array(2_000_000))))
    const frames = await framesOf(long, { decoder: 'ffmpeg' })
    expect(await firstValueFrom(frames.pipe(take(2), toArray()))).toHaveLength(2)
    await vi.waitFor(() => expect(running()).toEqual([]))
  })

  it('is killed, too, while it waits for input', async () => {
    async function* silent(): AsyncGenerator<Uint8Array> {
      yield wavOf(s16([1, 2, 3])).subarray(0, 20)
      await new Promise(() => {})
    }
    const { frames } = audioStream('stdin', silent(), read('test', fileOptions, { decoder: 'ffmpeg' }))
    const listening = frames.subscribe()
    await vi.waitFor(() => expect(running()).toHaveLength(1))
    listening.unsubscribe()
    await vi.waitFor(() => expect(running()).toEqual([]))
  })
})

describe('without ffmpeg', () => {
  it('the error says so, and what is decoded here goes on', async () => {
    vi.stubEnv('PATH', mkdtempSync(join(tmpdir(), 'poolwise-')))
    const path = files.write('word.m4a', Uint8Array.of(0, 0, 0, 32, ...new TextEncoder().encode('ftypM4A '), 0, 0, 0, 0))
    const { error } = await ending(await framesOf(path))
    expect(error).toBeInstanceOf(DataError)
    expect(error?.message).toBe(
      `audioFiles: ${path}: expected the program ffmpeg on the PATH, to decode MP4 (M4A, MOV), got none; install it, or convert the file`,
    )
    expect((await whole(await framesOf(word))).length).toBe(8267)
  })

  it('a program of that name that fails is told of', async () => {
    const bin = mkdtempSync(join(tmpdir(), 'poolwise-'))
    writeFileSync(join(bin, 'ffmpeg'), '#!/bin/sh\necho "no such luck" >&2\nexit 3\n')
    chmodSync(join(bin, 'ffmpeg'), 0o755)
    vi.stubEnv('PATH', `${bin}:/bin:/usr/bin`)
    const { error } = await ending(await framesOf(word, { decoder: 'ffmpeg' }))
    expect(error?.message).toBe(`audioFiles: ${word}: expected sound that ffmpeg can decode, got the file; ffmpeg: no such luck`)
  })
})
