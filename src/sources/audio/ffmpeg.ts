import { spawn } from 'node:child_process'
import { pipeline } from 'node:stream/promises'
import { DataError } from '../../core/check.ts'
import { cursor } from '../../files/bytes.ts'
import type { Samples } from './encoding.ts'
import { wav } from './wav.ts'

/** An AbortSignal, by the little of it that is used. */
export interface Stop {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void): void
}

/** The first stream of sound, as float32 in a WAV without an end; nothing but files and pipes is opened, whatever a playlist asks for. */
const before = ['-nostdin', '-hide_banner', '-v', 'error', '-protocol_whitelist', 'file,pipe', '-i']
const after = ['-map', '0:a:0', '-c:a', 'pcm_f32le', '-bitexact', '-f', 'wav', 'pipe:1']

/**
 * Decodes a file, or bytes as they come, by the program `ffmpeg`. It is killed when `stop` is aborted or the samples are no longer read.
 *
 * @param what is decoded, for messages
 * @throws DataError where there is no such program, and, after the samples, for whatever it complains of
 */
export async function* byFfmpeg(
  who: string,
  input: string | AsyncIterable<Uint8Array>,
  stop: Stop,
  what = 'the file',
): AsyncGenerator<Samples, void, undefined> {
  if (stop.aborted) return
  const isPath = typeof input === 'string'
  const child = spawn('ffmpeg', [...before, isPath ? `file:${input}` : 'pipe:0', ...after], {
    stdio: [isPath ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    // What a terminal tells to stop is poolwise, which ends its input, or is done with the file first.
    detached: true,
  })
  stop.addEventListener('abort', () => void child.kill('SIGKILL'))
  const ended = new Promise<{ code: number | null; cause?: NodeJS.ErrnoException }>((resolve) => {
    child.once('error', (cause) => resolve({ code: null, cause }))
    child.once('close', (code) => resolve({ code }))
  })
  let complaint = ''
  child.stderr!.on('data', (text) => {
    if (complaint.length < longest) complaint += text
  })
  // It may have heard enough before all is written; what keeps the input from being read is told below.
  const fed = isPath ? undefined : pipeline(input, child.stdin!).catch((cause: NodeJS.ErrnoException) => cause)
  try {
    const bytes = cursor(child.stdout!)
    if ((await bytes.peek(1)).length > 0) yield* wav(who, bytes)
    const { code, cause } = await ended
    if (cause?.code === 'ENOENT')
      throw new DataError(`${who}: expected the program ffmpeg on the PATH, to decode ${what}, got none; install it, or convert the file`)
    const failed = await fed
    if (failed instanceof DataError) throw failed
    if (code !== 0 || complaint !== '')
      throw new DataError(`${who}: expected sound that ffmpeg can decode, got ${what}; ffmpeg: ${said(complaint) || `exit code ${code}`}`, {
        cause,
      })
  } finally {
    child.kill('SIGKILL')
  }
}

const longest = 2 ** 12

/** The last line says what came of it; those before it, how. */
function said(complaint: string): string {
  return complaint
    .trim()
    .split('\n')
    .at(-1)!
    .replace(/^file:.*: (?=[A-Z])/, '')
}
