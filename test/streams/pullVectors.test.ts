// Vectors that are taken one by one, from a pipe whose writer is as fast as it can be.
import { spawn } from 'node:child_process'
import { setTimeout as after } from 'node:timers/promises'
import { logMel, pool1d, pullVectors, toVectors } from 'poolwise'
import { pcm } from 'poolwise/audio'
import { lastValueFrom, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'

const options = { rate: 16000 } as const
const stages = [logMel({ bands: 8 }), pool1d('mean', { size: '100ms' })] as const
const noise = Buffer.from(Array.from({ length: 64000 }, (_, i) => (i * i) % 251))

async function* chunks() {
  for (let at = 0; at < noise.length; at += 3001) yield noise.subarray(at, at + 3001)
}

describe('pullVectors', () => {
  it('gives what the operators give', async () => {
    const taken = []
    for await (const vector of pullVectors(pcm(chunks(), options), ...stages)) taken.push(vector)
    const pushed = pcm(chunks(), options).pipe(...stages, toVectors(), toArray())
    expect(taken.length).toBeGreaterThan(15)
    expect(taken).toEqual(await lastValueFrom(pushed))
  })

  it('reads a pipe no faster than vectors are taken, and closes it when the loop is left', async () => {
    // Writes without end, and says how much the pipe took.
    const writer = `
      const chunk = Buffer.alloc(2 ** 14)
      let taken = 0
      const more = () => process.stdout.write(chunk, (error) => {
        if (error) process.exit()
        taken += chunk.length
        process.stderr.write(taken + '\\n')
        more()
      })
      more()`
    const child = spawn(process.execPath, ['-e', writer], { stdio: ['ignore', 'pipe', 'pipe'] })
    const gone = new Promise((resolve) => child.on('close', resolve))
    let written = 0
    child.stderr.on('data', (text: Buffer) => {
      written = Number(text.toString().trim().split('\n').at(-1))
    })
    let vectors = 0
    const ahead: number[] = []
    for await (const { end } of pullVectors(pcm(child.stdout, options), ...stages)) {
      if (++vectors % 40 === 0) {
        await after(100)
        ahead.push(written - end * options.rate * 2)
      }
      if (vectors === 400) break
    }
    await gone
    // 40 s of sound are 1.3 MB; what is ahead lies in the pipe, in Node's stream and in one block.
    expect(written).toBeGreaterThan(1.2e6)
    expect(Math.max(...ahead)).toBeLessThan(400_000)
  })

  it('gives nothing of nothing', async () => {
    for await (const _ of pullVectors((async function* () {})(), ...stages)) expect.unreachable()
    expect(await pullVectors(pcm((async function* () {})(), options), ...stages).next()).toEqual({ done: true, value: undefined })
  })

  it('tells of errors in the loop', async () => {
    const odd = async function* () {
      yield Buffer.alloc(3)
    }
    await expect(pullVectors(pcm(odd(), options), ...stages).next()).rejects.toThrow('an odd byte left over at the end')
    expect(() => pullVectors(3 as never, ...stages)).toThrow('pullVectors: source must be an async iterable of frames, got 3')
  })
})
