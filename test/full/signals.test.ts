// The command line, told to stop and killed at random moments.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { readNpy } from '../../src/files/npy.ts'
import { command, env } from '../cli/outside.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolwise-signals-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)

const wav = readFileSync('samples/audio/minute.wav')
const rate = 16000
const windows = ['--features', 'logMel', '--window', '100ms']

function poolwise(...args: readonly string[]): ChildProcess {
  const [node, main] = command
  const child = spawn(node, [main, 'audio', ...args], { stdio: ['pipe', 'ignore', 'pipe'], env })
  child.stdin!.on('error', () => {})
  return child
}

function ended(child: ChildProcess): Promise<{ code: number | null; err: string }> {
  let err = ''
  child.stderr!.on('data', (text) => {
    err += text
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, err })))
}

const lines = (name: string) => readFileSync(at(name), 'utf8').trimEnd().split('\n')

/** A few at a time, as many as there are, with their numbers. */
async function each(count: number, run: (i: number) => Promise<void>): Promise<void> {
  let next = 0
  await Promise.all(
    Array.from({ length: 3 }, async () => {
      while (next < count) await run(next++)
    }),
  )
}

async function begun(name: string, child: ChildProcess): Promise<void> {
  while (child.exitCode === null && !readdirSync(folder).some((file) => file.startsWith(`.${name}.`))) await pause(5)
}

/** Windows of 10 frames, of 400 samples every 160, that lie in so many bytes of 16-bit samples. */
const windowsIn = (bytes: number) => Math.floor((Math.floor((bytes / 2 - 400) / 160) + 1) / 10)

describe('a session on standard input that is told to stop', () => {
  test('20 times by SIGINT, gives the vectors up to then, raw and encoded, whoever goes on feeding it', { timeout: 60_000 }, async () => {
    const whole = poolwise('-', '--rate', `${rate}`, ...windows, '--out', at('whole.jsonl'))
    whole.stdin!.end(wav.subarray(44))
    expect(await ended(whole)).toEqual({ code: 0, err: '' })
    const all = lines('whole.jsonl')
    await each(20, async (i) => {
      const name = `session${i}.jsonl`
      const encoded = i % 2 === 1
      const goesOn = i % 4 >= 2
      const child = poolwise('-', ...(encoded ? [] : ['--rate', `${rate}`]), ...windows, '--out', at(name))
      const end = ended(child)
      await begun(name, child)
      // Odd sizes, so that it ends within samples, too.
      const wanted = 6001 + Math.floor(Math.random() * 60_000)
      const bytes = encoded ? wav : wav.subarray(44)
      let given = 0
      const feed = (count: number) => {
        child.stdin!.write(bytes.subarray(given, given + count))
        given += count
      }
      while (given < wanted) {
        feed(Math.min(3333, wanted - given))
        await pause(3)
      }
      const heard = given
      child.kill('SIGINT')
      for (let k = 0; goesOn && k < 200 && child.exitCode === null; k++) {
        feed(333)
        await pause(5)
      }
      expect(await end).toEqual({ code: 0, err: '' })
      const got = lines(name)
      expect(got).toEqual(all.slice(0, got.length))
      const least = windowsIn(heard - (encoded ? 44 : 0))
      if (goesOn) expect(got.length).toBeGreaterThanOrEqual(least)
      else expect(got.length).toBe(least)
      child.stdin!.destroy()
    })
    expect(readdirSync(folder).filter((file) => file.endsWith('.tmp'))).toEqual([])
  })

  test('by SIGTERM and SIGHUP as well, and pooled whole', { timeout: 30_000 }, async () => {
    for (const [signal, name] of [
      ['SIGTERM', 'term.npy'],
      ['SIGHUP', 'hup.csv'],
    ] as const) {
      const child = poolwise('-', '--rate', `${rate}`, '--out', at(name))
      const end = ended(child)
      await begun(name, child)
      child.stdin!.write(wav.subarray(44, 44 + 5 * rate))
      child.kill(signal)
      expect(await end).toEqual({ code: 0, err: '' })
      expect(existsSync(at(name))).toBe(true)
    }
    expect(lines('hup.csv')).toHaveLength(2)
  })

  test('before it is ready, it ends once it is, with what was waiting', { timeout: 30_000 }, async () => {
    const child = poolwise('-', '--rate', `${rate}`, ...windows, '--out', at('early.jsonl'))
    child.stdin!.write(wav.subarray(44, 20_044))
    const end = ended(child)
    // Node itself takes a part of this time, and dies of signals until the command line has asked for them.
    await pause(400)
    child.kill('SIGINT')
    const { code } = await end
    if (code === 0) expect(lines('early.jsonl')).toHaveLength(windowsIn(20_000))
    else expect(existsSync(at('early.jsonl'))).toBe(false)
  })

  test('that heard nothing leaves no file', { timeout: 30_000 }, async () => {
    const child = poolwise('-', '--rate', `${rate}`, ...windows, '--out', at('silent.jsonl'))
    const end = ended(child)
    await begun('silent.jsonl', child)
    child.kill('SIGINT')
    expect((await end).code).toBe(3)
    expect(existsSync(at('silent.jsonl'))).toBe(false)
  })
})

// Other spellings of one path are other files.
const many = Array.from({ length: 40 }, (_, i) => `samples/audio/${'./'.repeat(i)}minute.wav`)

describe('files', () => {
  test.each([1, 2])(
    'with %i threads: what is done when a signal comes is kept, whole inputs in their order',
    { timeout: 60_000 },
    async (threads) => {
      const name = `some${threads}.jsonl`
      const child = poolwise(...many, ...windows, '--concurrency', `${threads}`, '--out', at(name))
      const end = ended(child)
      await begun(name, child)
      await pause(300)
      child.kill('SIGINT')
      const { code, err } = await end
      expect([code, err]).toEqual([4, expect.stringMatching(/^note: stopping when the input that is being read is done; .*\n$/)])
      const counts = new Map<string, number>()
      for (const line of lines(name)) {
        const { id } = JSON.parse(line)
        counts.set(id, (counts.get(id) ?? 0) + 1)
      }
      expect(counts.size).toBeLessThan(many.length)
      expect([...counts.keys()]).toEqual(many.slice(0, counts.size))
      expect(new Set(counts.values())).toEqual(new Set([599]))
    },
  )

  test('a second signal ends at once and leaves no file; one sent on is the same one', { timeout: 60_000 }, async () => {
    const hour = Buffer.concat([wav.subarray(0, 44), ...Array<Buffer>(60).fill(wav.subarray(44))])
    hour.writeUInt32LE(hour.length - 8, 4)
    hour.writeUInt32LE(hour.length - 44, 40)
    writeFileSync(at('hour.wav'), hour)
    const child = poolwise(at('hour.wav'), ...windows, '--out', at('none.jsonl'))
    const end = ended(child)
    await begun('none.jsonl', child)
    child.kill('SIGINT')
    await pause(20)
    child.kill('SIGINT')
    await pause(400)
    expect(child.exitCode).toBe(null)
    child.kill('SIGTERM')
    expect((await end).code).toBe(128 + 15)
    expect(readdirSync(folder).filter((file) => file.includes('none.jsonl'))).toEqual([])
  })

  test('30 times killed while it writes, an output is never half, and what is left is removed by the next', {
    timeout: 60_000,
  }, async () => {
    const inputs = many.slice(0, 8)
    const whole = async (name: string) => {
      expect(await ended(poolwise(...inputs, ...windows, '--out', at(name)))).toEqual({ code: 0, err: '' })
      return [readFileSync(at(name)), readFileSync(at(name.replace('.npy', '.ids.jsonl')))]
    }
    const expected = await whole('killed.npy')
    let running = 0
    await each(30, async (i) => {
      // Every third has a former file in its place, which stays.
      const name = `killed${i % 3}.npy`
      const ids = name.replace('.npy', '.ids.jsonl')
      if (i < 3 && i !== 0) writeFileSync(at(name), 'former')
      const child = poolwise(...inputs, ...windows, '--out', at(name))
      const end = ended(child)
      await begun(name, child)
      await pause(Math.random() * 400)
      if (child.exitCode === null) running++
      child.kill('SIGKILL')
      await end
      for (const [file, content] of [
        [name, expected[0]!],
        [ids, expected[1]!],
      ] as const) {
        if (!existsSync(at(file)) || readFileSync(at(file), 'utf8') === 'former') continue
        expect(readFileSync(at(file)).equals(content)).toBe(true)
      }
    })
    console.log(`${running} of 30 were killed while they ran`)
    expect(running).toBeGreaterThan(10)
    for (const i of [0, 1, 2]) expect((await whole(`killed${i}.npy`))[0]!.equals(expected[0]!)).toBe(true)
    expect(readNpy(expected[0]!).shape).toEqual([599 * inputs.length, 160])
    expect(readdirSync(folder).filter((file) => file.endsWith('.tmp'))).toEqual([])
  })
})
