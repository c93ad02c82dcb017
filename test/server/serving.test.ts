// `poolwise serve` as a process of its own, and what the guide says of it.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { inside } from '../cli/inside.ts'
import { command, env, outside } from '../cli/outside.ts'
import { ask, Client, post, soundDefinition, word } from './running.ts'

/** Started, with where it listens; ended by a signal when the test is over. */
async function started(...args: readonly string[]) {
  const [node, main] = command
  const child = spawn(node, [main, 'serve', ...args, '--port', '0'], { env })
  onTestFinished(() => void child.kill('SIGKILL'))
  let err = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    err += text
  })
  const [line] = (await Promise.race([once(child.stdout.setEncoding('utf8'), 'data'), once(child, 'close').then(() => [err])])) as [string]
  return { url: line.split(' ', 1)[0]!, line, child, ended: once(child, 'close').then(([code]) => code as number | null) }
}

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends it with 0, when what was asked has been answered', async (signal) => {
  const { url, line, child, ended } = await started('audio', '--pool', 'mean', '--window', '0.2s')
  expect(line).toBe(`${url} pools sound, stream\n`)
  const client = await new Client(url).open({ rate: 16000 })
  await client.told('names')
  client.send(Buffer.alloc(16000))
  await client.told('vector')
  child.kill(signal)
  expect((await client.closed).code).toBe(1001)
  expect(await client.told('ended')).toMatchObject({ ended: { in: 8000, out: 8000 } })
  expect(await ended).toBe(0)
})

test('of files of pipelines; on this machine alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'poolwise-serve-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'sound.json')
  writeFileSync(path, JSON.stringify(soundDefinition))
  const { url, line } = await started(
    '--pipeline',
    path,
    '--events',
    'pool1d(pooling=mean,size=2)',
    '--max-body',
    '20000',
    '--allow-host',
    'a.b',
  )
  expect(line).toBe(`${url} pools sound, stream, events\n`)
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  expect((await post(url, word)).status).toBe(200)
  expect((await post(url, Buffer.alloc(50_001))).status).toBe(413)
  expect((await post(url, '{"texts":[]}', 'application/json')).status).toBe(415)
  expect((await ask(url, '/health', { headers: { host: 'a.b' } })).status).toBe(200)
})

test.each([
  [['--port', '70000'], /serve: port must be an integer/],
  [['--port', 'x'], /--port: expected a whole number/],
  [['--timeout', '1m'], /--timeout: expected seconds/],
  [['--events', 'pool(size=2)'], /unknown stage "pool"/],
  [['--pipeline', 'pipelines/none.json'], /pipeline: /],
  [['audio', '--manifest'], /expected sound that comes with each request/],
  [['audio', 'a.wav'], /expected options alone/],
  [['--pool', 'mean'], /unknown option '--pool'/],
] as const)('%j is wrong usage', async (args, message) => {
  const { code, err } = await inside('serve', ...args)
  expect([code, err]).toEqual([2, expect.stringMatching(message)])
})

test('a port that is taken is told', async () => {
  const { url } = await started('audio')
  const { code, err } = await outside(['serve', 'audio', '--port', new URL(url).port])
  expect([code, err]).toEqual([2, expect.stringMatching(/expected a port to listen on, got .*EADDRINUSE/)])
})

test('the lines of the guide, and those of its own help, get vectors', async () => {
  const guide = readFileSync('guide/server.md', 'utf8')
  const { url } = await started()
  const help = (await outside(['serve', '--help'])).out.replace('word.wav', 'samples/audio/words/bat-v1.wav')
  const lines = [...`${guide}\n${help}`.matchAll(/^\s*(curl .*)$/gm)].map(([, line]) => line!)
  expect(lines.length).toBe(6)
  for (const line of lines) {
    const out = execFileSync('bash', ['-c', line.replace('curl', 'curl -sS --fail-with-body').replace('localhost:8080', url)], {
      encoding: 'utf8',
    })
    if (line.includes('/health'))
      expect(JSON.parse(out)).toMatchObject({ status: 'ok', sound: true, text: true, stream: true, events: false })
    else expect(JSON.parse(out).vectors.length, line).toBeGreaterThan(0)
  }
  expect(
    JSON.parse(execFileSync('bash', ['-c', lines[2]!.replace('localhost:8080', url)], { encoding: 'utf8', stdio: 'pipe' })).vectors[1].id,
  ).toBe('rye')
})
