// WAVs as the programs of Debian write them, to files and through pipes, and recordings past 4 GB.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { cursor } from '../../src/files/bytes.ts'
import { wav } from '../../src/sources/audio/wav.ts'
import { cut, wavOf } from '../sources/recordings.ts'

const programs = ['sox', 'ffmpeg', 'lame', 'flac', 'oggenc', 'oggdec', 'opusenc', 'opusdec', 'mpg123']
const missing = programs.filter((program) => spawnSync(program, ['-h']).error !== undefined)
const folder = mkdtempSync(join(tmpdir(), 'poolwise-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)

/** Runs a shell line whose output goes through a pipe, so that no program can go back to its header. */
function piped(line: string): Buffer {
  return execFileSync('bash', ['-c', `set -o pipefail; cd ${folder}; ${line} | cat`], {
    maxBuffer: 2 ** 26,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

async function samplesOf(bytes: Uint8Array, size?: number): Promise<Float32Array[]> {
  const all: number[][] = []
  for await (const { channels } of wav('test', cursor(cut(new Uint8Array(bytes), 4099)), size)) {
    for (const [i, channel] of channels.entries()) {
      all[i] ??= []
      all[i].push(...channel)
    }
  }
  return all.map((channel) => Float32Array.from(channel))
}

/** What a program makes of it, as 32-bit floats of one channel. */
const floats = (line: string) => {
  const bytes = piped(line)
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
}

describe.skipIf(missing.length > 0 && process.env.POOLWISE_REQUIRE_ALL !== '1')('programs of Debian', () => {
  execFileSync('sox', ['-R', '-n', '-r', '16000', '-b', '16', at('a.wav'), 'synth', '7001s', 'sine', '100-3000', 'gain', '-3'])
  for (const line of ['lame --quiet a.wav a.mp3', 'flac -sf a.wav -o a.flac', 'oggenc -Q a.wav -o a.ogg', 'opusenc --quiet a.wav a.opus'])
    execFileSync('bash', ['-c', `cd ${folder}; ${line}`])

  // The program writes a WAV to a pipe; the second line gives the samples that are meant.
  test.each([
    ['lame --quiet --decode a.mp3 -', 'lame --quiet --decode a.mp3 b.wav && sox b.wav -t f32 -'],
    ['opusdec --quiet --force-wav a.opus -', 'opusdec --quiet --force-wav a.opus b.wav && sox b.wav -t f32 -'],
    ['opusdec --quiet --force-wav --float a.opus -', 'opusdec --quiet --float --force-wav a.opus b.wav && sox b.wav -t f32 -'],
    ['oggdec -Q -o - a.ogg', 'oggdec -Q -o b.wav a.ogg && sox b.wav -t f32 -'],
    ['flac -sdc a.flac', 'sox a.wav -t f32 -'],
    ['flac -sdc --force-rf64-format a.flac', 'sox a.wav -t f32 -'],
    ['flac -sdc --force-wave64-format a.flac', 'sox a.wav -t f32 -'],
    ['mpg123 -q -w - a.mp3', 'mpg123 -q -w b.wav a.mp3; sox b.wav -t f32 -'],
    ['mpg123 -q -e s24 -w - a.mp3', 'mpg123 -q -e s24 -w b.wav a.mp3; sox b.wav -t f32 -'],
    ['mpg123 -q -e f32 -w - a.mp3', 'mpg123 -q -e f32 -w b.wav a.mp3; sox b.wav -t f32 -'],
    ['(cat a.flac | sox -t flac - -t wav -)', 'sox a.wav -t f32 -'],
    ['(cat a.flac | sox -t flac - -b 24 -t wav -)', 'sox a.wav -t f32 -'],
    ['(cat a.flac | sox -t flac - -b 32 -t wav -)', 'sox a.wav -t f32 -'],
    ['(cat a.flac | sox -D -t flac - -e mu-law -t wav -)', 'sox -D a.wav -e mu-law b.wav && sox b.wav -t f32 -'],
    ['ffmpeg -v error -i a.wav -f wav -', 'sox a.wav -t f32 -'],
    ['ffmpeg -v error -i a.wav -c:a pcm_s24le -f wav -', 'sox a.wav -t f32 -'],
    ['ffmpeg -v error -i a.wav -rf64 always -f wav -', 'sox a.wav -t f32 -'],
    ['ffmpeg -v error -i a.wav -f w64 -', 'sox a.wav -t f32 -'],
    ['ffmpeg -v error -i a.wav -c:a pcm_alaw -f wav -', 'ffmpeg -y -v error -i a.wav -c:a pcm_alaw b.wav && sox b.wav -t f32 -'],
  ])('%s', async (line, meant) => {
    const bytes = piped(line)
    const expected = floats(meant)
    for (const size of [bytes.length, undefined]) {
      const [heard] = await samplesOf(bytes, size)
      // One more is the byte, or the seven of Wave64, that fills up the end.
      expect(heard!.length - expected.length).toBeGreaterThanOrEqual(0)
      expect(heard!.length - expected.length).toBeLessThan(/w64|mu-law|alaw/.test(line) ? 4 : 1)
      for (const [i, x] of expected.entries()) expect(Math.abs(heard![i]! - x)).toBeLessThan(1e-6)
    }
  })

  // Files: what sox writes is read as sox reads it, what ffmpeg writes as ffmpeg does (which takes RIFX for RIFF; sox is wrong about its own floats in Wave64).
  test.each([
    ...['-b 8', '-b 16', '-b 24', '-b 32', '-e float -b 32', '-e float -b 64', '-e mu-law', '-e a-law'].flatMap((kind) =>
      ['', '-B ', '-t w64 ']
        .filter((family) => !(family === '-B ' && /law|-b 8/.test(kind)))
        .map((family) => `sox a.wav ${kind} ${family}b`),
    ),
    ...['u8', 's16le', 's24le', 's32le', 'f32le', 'f64le', 'mulaw', 'alaw'].flatMap((kind) =>
      ['-f wav', '-rf64 always -f wav', '-f w64'].map((family) => `ffmpeg -y -v error -i a.wav -c:a pcm_${kind} ${family} b`),
    ),
    'ffmpeg -y -v error -i a.wav -c:a pcm_s64le -f wav b',
  ])('%s', async (line) => {
    execFileSync('bash', [
      '-c',
      `cd ${folder}; ${line.replace(/ b$/, line.startsWith('sox') && !line.includes('w64') ? ' -t wav b' : ' b')}`,
    ])
    const bytes = readFileSync(at('b'))
    const bySox = line.startsWith('sox') && !line.includes('w64')
    const expected = floats(bySox ? 'sox -t wav b -t f32 -' : 'ffmpeg -v error -i b -f f32le -c:a pcm_f32le -')
    const [heard] = await samplesOf(bytes, bytes.length)
    expect(heard!.length).toBe(expected.length)
    for (const [i, x] of expected.entries()) expect(Math.abs(heard![i]! - x)).toBeLessThan(1e-6)
  })

  test.each(['ima-adpcm', 'ms-adpcm', 'gsm-full-rate'])('%s is refused by name', async (codec) => {
    execFileSync('sox', [at('a.wav'), '-r', '8000', '-e', codec, at('c.wav')])
    const name = { 'ima-adpcm': 'IMA ADPCM', 'ms-adpcm': 'MS ADPCM', 'gsm-full-rate': 'GSM 6.10' }[codec]
    await expect(samplesOf(readFileSync(at('c.wav')))).rejects.toThrow(`got ${name}, which can be read through ffmpeg`)
  })
})

test.each([undefined, 44 + 4.5e9])('reads a WAV past 4 GB to its end, its length %s', async (size) => {
  const head = wavOf(new Uint8Array(0), { dataSize: size === undefined ? 0xffffffff : 4.5e9 % 2 ** 32, riffSize: (4.5e9 + 36) % 2 ** 32 })
  const piece = new Uint8Array(1e6)
  async function* bytes() {
    yield head
    for (let i = 0; i < 4499; i++) yield piece
    yield new Uint8Array(Int16Array.from({ length: 5e5 }, (_, i) => (i < 499_999 ? 0 : 16384)).buffer)
  }
  let count = 0
  let last = 0
  for await (const { channels } of wav('test', cursor(bytes()), size)) {
    count += channels[0]!.length
    last = channels[0]!.at(-1) ?? 0
  }
  expect([count, last]).toEqual([2.25e9, 0.5])
})
