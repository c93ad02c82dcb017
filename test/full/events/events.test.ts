// Events over ten thousand keys in flat memory; random streams beside recomputation; windows of a million events.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { PoolingLike } from '../../../src/poolings/named.ts'
import { equalsRecomputation, mergesAnEvent, randomRun } from '../../windows/events.ts'

// POOLWISE_EVENTS=10000000 and POOLWISE_STREAMS=100000 take four minutes.
const events = Number(process.env.POOLWISE_EVENTS ?? 2_000_000)
const streams = Number(process.env.POOLWISE_STREAMS ?? 20_000)

/** Resident memory of a process, in megabytes. */
function resident(pid: number): number {
  return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024)
}

test.runIf(existsSync('/proc/self/status'))(
  `${events} events over 10,000 keys: resident memory is flat`,
  async () => {
    const child = spawn(process.execPath, ['--expose-gc', 'test/full/events/keys.mjs', String(events)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const curve: number[] = []
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk
      curve.push(resident(child.pid!))
    })
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0)
    const { vectors, late, after, end } = JSON.parse(said.trim().split('\n').at(-1)!) as Record<string, number>
    console.log(`resident memory, MB, each 20th of the events: ${curve.join(' ')}`)
    console.log(
      `bytes a key: ${Math.round(after!)} after 20 events each, ${Math.round(end!)} at the end; ${vectors} vectors, ${late} late events`,
    )
    const half = curve.slice(Math.floor(curve.length / 2))
    expect(Math.max(...half)).toBeLessThan(1.15 * Math.max(...curve.slice(0, curve.length / 2)))
    expect(end!).toBeLessThan(1.25 * after!)
    expect(late!).toBeGreaterThan(events / 2000)
    // A window each 5 s of a key's events, one a second.
    expect(vectors! / (events / 5)).toBeGreaterThan(0.95)
  },
  3_600_000,
)

test(`${streams} random streams with late, equal and reordered times equal the recomputation`, { timeout: 3_600_000 }, () => {
  const some: PoolingLike[] = ['sum', 'std', 'last', 'max', ['mean', 'first']]
  for (let seed = 0; seed < streams; seed++) equalsRecomputation(randomRun(seed, 10), some[seed % some.length]!)
})

test('merges an event from windows of 10 to 10⁶ events', { timeout: 3_600_000 }, () => {
  const shares = [10, 1000, 100_000, 1_000_000].map((size) => mergesAnEvent(size, Math.max(20_000, 2 * size)))
  console.log(`merges an event, windows of 10, 10³, 10⁵ and 10⁶ events: ${shares.map((share) => share.toFixed(3)).join(', ')}`)
  for (const share of shares) expect(share).toBeLessThanOrEqual(3)
})
