import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Bytes, joined, written } from './bytewise.ts'

/** Raised when what is made below changes, so that what was made before is not taken. */
const version = 2

interface Shape {
  readonly name: string
  readonly rate: number
  readonly channels: number
  readonly seconds: number
}

/** What is encoded: short, of several rates, with one and two channels. */
export const shapes: readonly Shape[] = [
  { name: 'mono16', rate: 16000, channels: 1, seconds: 0.9 },
  { name: 'stereo44', rate: 44100, channels: 2, seconds: 0.25 },
  { name: 'mono48', rate: 48000, channels: 1, seconds: 0.3 },
  { name: 'mono8', rate: 8000, channels: 1, seconds: 5 },
]

/** The samples of a shape as 16-bit integers, interleaved: a gliding tone, and noise that follows from its place. */
export function samplesOf({ rate, channels, seconds }: Shape): Int16Array<ArrayBuffer> {
  return Int16Array.from({ length: Math.round(seconds * rate) * channels }, (_, i) => {
    const [time, channel] = [Math.floor(i / channels) / rate, i % channels]
    const tone = Math.sin(2 * Math.PI * (300 + 400 * channel + 900 * time) * time)
    const noise = ((Math.imul(i + 1, 2654435761) >>> 16) & 255) / 255 - 0.5
    return Math.round(32767 * (0.6 * tone * Math.min(1, 20 * time) + 0.1 * noise))
  })
}

/** A plain 16-bit WAV. */
export function waveOf(shape: Shape): Bytes {
  const data = new Uint8Array(samplesOf(shape).buffer)
  const { rate, channels } = shape
  const word = (value: number) => written(value, 4, true)
  const half = (value: number) => written(value, 2, true)
  const text = (letters: string) => new TextEncoder().encode(letters)
  const format = [half(1), half(channels), word(rate), word(2 * channels * rate), half(2 * channels), half(16)]
  return joined(text('RIFF'), word(36 + data.length), text('WAVEfmt '), word(16), ...format, text('data'), word(data.length), data)
}

/** Commands by the ending of what they make; IN and OUT stand for the files. Programs that are not here make no seeds. */
const commands: readonly (readonly [ending: string, ...command: readonly string[]])[] = [
  ['u8.wav', 'sox', 'IN', '-b', '8', 'OUT'],
  ['s24.wav', 'sox', 'IN', '-b', '24', 'OUT'],
  ['s32.wav', 'sox', 'IN', '-b', '32', 'OUT'],
  ['f32.wav', 'sox', 'IN', '-e', 'floating-point', '-b', '32', 'OUT'],
  ['f64.wav', 'sox', 'IN', '-e', 'floating-point', '-b', '64', 'OUT'],
  ['mulaw.wav', 'sox', 'IN', '-e', 'mu-law', 'OUT'],
  ['alaw.wav', 'sox', 'IN', '-e', 'a-law', 'OUT'],
  ['rifx.wav', 'sox', 'IN', '-B', 'OUT'],
  ['rf64.wav', 'ffmpeg', '-i', 'IN', '-rf64', 'always', 'OUT'],
  ['w64', 'ffmpeg', '-i', 'IN', '-c:a', 'pcm_s16le', 'OUT'],
  ['cbr.mp3', 'lame', '--quiet', '-b', '64', 'IN', 'OUT'],
  ['vbr.mp3', 'lame', '--quiet', '-V', '4', 'IN', 'OUT'],
  ['bare.mp3', 'lame', '--quiet', '-t', '-b', '48', 'IN', 'OUT'],
  ['crc.mp3', 'lame', '--quiet', '-p', '-b', '64', 'IN', 'OUT'],
  ['ffmpeg.mp3', 'ffmpeg', '-i', 'IN', 'OUT'],
  ['5.flac', 'flac', '--silent', '-5', 'IN', '-o', 'OUT'],
  ['small.flac', 'flac', '--silent', '-0', '--blocksize=576', 'IN', '-o', 'OUT'],
  ['ffmpeg.flac', 'ffmpeg', '-i', 'IN', 'OUT'],
  ['native.oga', 'flac', '--silent', '--ogg', 'IN', '-o', 'OUT'],
  ['q1.ogg', 'oggenc', '--quiet', '-q', '1', 'IN', '-o', 'OUT'],
  ['q6.ogg', 'oggenc', '--quiet', '-q', '6', 'IN', '-o', 'OUT'],
  ['voice.opus', 'opusenc', '--quiet', '--bitrate', '24', 'IN', 'OUT'],
  ['music.opus', 'opusenc', '--quiet', '--bitrate', '96', '--framesize', '2.5', 'IN', 'OUT'],
  ['m4a', 'ffmpeg', '-i', 'IN', 'OUT'],
  ['aac', 'ffmpeg', '-i', 'IN', 'OUT'],
  ['webm', 'ffmpeg', '-i', 'IN', '-c:a', 'libopus', 'OUT'],
  ['aiff', 'sox', 'IN', 'OUT'],
  ['caf', 'ffmpeg', '-i', 'IN', 'OUT'],
  ['au', 'sox', 'IN', 'OUT'],
]

/** A folder of recordings by every encoder at hand, made once; those of samples/ are always there. Their names begin with their shape's. */
export function encodedSeeds(): string {
  const folder = join(tmpdir(), `poolwise-fuzz-seeds-${version}`)
  if (existsSync(folder)) return folder
  const making = `${folder}.${process.pid}`
  mkdirSync(making, { recursive: true })
  for (const shape of shapes) {
    const wave = join(making, `${shape.name}.wav`)
    writeFileSync(wave, waveOf(shape))
    for (const [ending, program, ...args] of commands) {
      const out = join(making, `${shape.name}.${ending}`)
      const given = args.map((arg) => (arg === 'IN' ? wave : arg === 'OUT' ? out : arg))
      const quiet = program === 'ffmpeg' ? ['-v', 'error', '-nostdin', '-y'] : []
      const { status } = spawnSync(program!, [...quiet, ...given], { stdio: 'ignore' })
      if (status !== 0) rmSync(out, { force: true })
    }
  }
  const samples = fileURLToPath(new URL('../../samples/audio/formats/', import.meta.url))
  for (const name of readdirSync(samples)) {
    const bytes = readFileSync(join(samples, name))
    if (bytes.length < 20_000) writeFileSync(join(making, basename(name)), bytes)
  }
  // Whoever is first has made them.
  if (existsSync(folder)) rmSync(making, { recursive: true })
  else renameSync(making, folder)
  return folder
}
