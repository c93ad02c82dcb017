// Two hours of sound on standard input, through log-mel and a sliding window, in bounded memory.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { expect, test } from 'vitest'
import { command } from '../cli/outside.ts'

const rate = 16000
const hours = 2

/** A WAV file that is made as it is read: a tone that wanders, over noise. */
function* wav(seconds: number): Generator<Buffer> {
  const bytes = seconds * rate * 2
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + bytes, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(rate, 24)
  header.writeUInt32LE(2 * rate, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(bytes, 40)
  yield header
  let phase = 0
  let seed = 1
  for (let second = 0; second < seconds; second++) {
    const block = Buffer.alloc(2 * rate)
    const step = 0.05 + 0.04 * Math.sin(second / 7)
    for (let i = 0; i < rate; i++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) | 0
      phase += step
      block.writeInt16LE(Math.round(8000 * Math.sin(phase) + seed / 2 ** 21), 2 * i)
    }
    yield block
  }
}

/** Resident memory of a process, in megabytes. */
function resident(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

test.runIf(existsSync('/proc/self/status'))(`${hours} hours stay below 200 MB`, async () => {
  const [node, main] = command
  const child = spawn(node, [main, 'audio', '-', '--window', '1s', '--stride', '100ms'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const curve: number[] = []
  const timer = setInterval(() => {
    const megabytes = Math.round(resident(child.pid!))
    // It has none once it has ended.
    if (megabytes > 0) curve.push(megabytes)
  }, 1000)
  let vectors = 0
  child.stdout.on('data', (chunk: Buffer) => {
    for (const byte of chunk) if (byte === 10) vectors++
  })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  await pipeline(Readable.from(wav(hours * 3600)), child.stdin)
  const code = await ended
  clearInterval(timer)
  console.log(`resident memory, MB, a second apart: ${curve.join(' ')}`)
  expect(code).toBe(0)
  // Frames of 25 ms every 10 ms, windows of 100 frames every 10.
  const frames = Math.floor((hours * 3600 * rate - 400) / 160) + 1
  expect(vectors).toBe(Math.floor((frames - 100) / 10) + 1)
  expect(Math.max(...curve)).toBeLessThan(200)
  expect(curve.length).toBeGreaterThan(3)
})
