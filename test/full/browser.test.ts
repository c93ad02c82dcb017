// In a real browser: the entry points, the bits of Node, taps, a microphone, and pages that forbid some of it.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { builtinModules, isBuiltin } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { type BuildResult, build } from 'esbuild'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { apply, logMel, pool2d, pyramidPool, signal } from 'poolwise'
import { decodeAudio } from 'poolwise/audio'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath, hearing, quiet } from '../chromium.ts'
import { s16, samples, wavOf, whole } from '../sources/recordings.ts'
import * as scenes from './browser/scenes.ts'

/** The scenes in the page. A function given to `page.evaluate` is sent as text, and must not touch this file's imports. */
declare const inPage: typeof scenes

const installed = existsSync(chromiumPath)
if (!installed) {
  if (process.env.POOLWISE_REQUIRE_ALL === '1') throw new Error(`the browser test: expected Chromium at ${chromiumPath}, got none`)
  console.log(`skipped: there is no Chromium at ${chromiumPath} (apt-get install chromium)`)
}

/** Seconds of what the fake microphone hears: a tone, silence, the tone again, and more silence than anybody listens to. */
const sounds = { tone: 1.5, silence: 1.5, rest: 30 }
const amplitude = 0.5

function recording(): Uint8Array {
  const rate = 48000
  const { tone, silence, rest } = sounds
  const value = (i: number) => {
    const time = i / rate
    const loud = time < tone || (time >= tone + silence && time < tone + silence + tone)
    return loud ? amplitude * 2 ** 15 * Math.sin(2 * Math.PI * 1000 * time) : 0
  }
  const length = rate * (tone + silence + tone + rest)
  return wavOf(s16(Array.from({ length }, (_, i) => value(i))), { rate })
}

const recordings = ['words/bat-v1.wav', 'formats/stereo-44k.wav', 'formats/bat-v1.mp3', 'formats/bat-v1.flac', 'formats/bat-v1.ogg']
const bytesOf = (path: string) => new Uint8Array(readFileSync(join(samples, path)))
const urlOf = (path: string) => `/${basename(path)}`

function serve(script: Uint8Array, tap: Uint8Array): Server {
  const html = '<!doctype html><title>poolwise</title><script src="/scenes.js"></script>'
  const files = new Map<string, { type: string; body: Uint8Array | string; policy?: string }>([
    ['/', { type: 'text/html', body: html }],
    ['/strict', { type: 'text/html', body: html, policy: "script-src 'self'" }],
    // The decoders' text is not ASCII.
    ['/scenes.js', { type: 'text/javascript; charset=utf-8', body: script }],
    ['/tap.js', { type: 'text/javascript', body: tap }],
    ...recordings.map((path) => [urlOf(path), { type: 'application/octet-stream', body: bytesOf(path) }] as const),
  ])
  return createServer(({ url }, response) => {
    const file = files.get(url!)
    response.writeHead(file ? 200 : 404, {
      'content-type': file?.type ?? 'text/plain',
      ...(file?.policy && { 'content-security-policy': file.policy }),
    })
    response.end(file?.body)
  })
}

describe.skipIf(!installed)('in Chromium', () => {
  let folder: string
  let bundle: BuildResult<{ write: false; metafile: true }>
  let server: Server
  let port: number
  let browser: BrowserContext
  let page: Page

  beforeAll(async () => {
    bundle = await build({
      entryPoints: ['test/full/browser/scenes.ts'],
      bundle: true,
      platform: 'browser',
      globalName: 'inPage',
      // So that one is seen, instead of ending the build.
      external: [...builtinModules, 'node:*'],
      write: false,
      metafile: true,
    })
    // As it is shipped: the file, in JavaScript.
    const tap = await build({ entryPoints: ['src/sources/audio/tap.ts'], write: false })
    server = serve(bundle.outputFiles[0]!.contents, tap.outputFiles[0]!.contents)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
    folder = mkdtempSync(join(tmpdir(), 'poolwise-'))
    const sound = join(folder, 'sound.wav')
    writeFileSync(sound, recording())
    browser = await chromium.launchPersistentContext(join(folder, 'profile'), {
      executablePath: chromiumPath,
      headless: true,
      args: [...quiet, '--disable-sync', '--host-resolver-rules=MAP elsewhere.test 127.0.0.1', ...hearing(`${sound}%noloop`)],
    })
    page = await browser.newPage()
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    server?.close()
    if (folder) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  const open = (path: string, host = '127.0.0.1') => page.goto(`http://${host}:${port}${path}`)

  test('the entry points work, and take nothing of Node', async () => {
    const imported = Object.values(bundle.metafile.inputs).flatMap(({ imports }) => imports.map(({ path }) => path))
    for (const entry of ['src/index.ts', 'src/poolings/index.ts', 'src/tensors.ts', 'src/audio.ts']) expect(imported).toContain(entry)
    expect(imported.filter((path) => isBuiltin(path))).toEqual([])
    await open('/')
    expect(await page.evaluate(() => inPage.entries())).toEqual({
      poolwise: [5, 3],
      poolings: [3],
      tensors: [1, 2, 1],
      audio: 1,
      ofNode: [],
      ofBrowsers: ['document', 'AudioWorkletNode'],
    })
  })

  test.each(recordings)('%s has the vector that Node gives, bit for bit', async (path) => {
    await open('/')
    const vector = await page.evaluate(async (url) => inPage.decoded(await inPage.fetched(url)), urlOf(path))
    expect(vector).toBe(await scenes.decoded(bytesOf(path).buffer))
    expect(new Set(vector.match(/.{8}/g)).size).toBeGreaterThan(500)
  })

  test('a tap hears what is played, bit for bit', async () => {
    await open('/')
    const { heard, vector } = await page.evaluate(() => inPage.played(16000))
    expect(heard).toBe(scenes.hex(scenes.noise()))
    const stages = [logMel(), pool2d('max', { size: [2, 2] }), pyramidPool('stats', { levels: [1, 2, 4] })]
    expect(vector).toBe(scenes.hex(apply(signal(scenes.noise(), { rate: 16000 }), ...stages).data))
  })

  test('a tap resamples as files are resampled in Node, bit for bit', async () => {
    await open('/')
    const { heard } = await page.evaluate(() => inPage.played(44100))
    const file = wavOf(new Uint8Array(scenes.noise().buffer), { rate: 44100, bits: 32, format: 3 })
    expect(heard).toBe(scenes.hex((await whole(decodeAudio(file))).data))
  })

  test('a microphone gives vectors while it listens, and is closed by unsubscribing', async () => {
    await open('/')
    const { tone, silence } = sounds
    const { heard, late, tracks, contexts } = await page.evaluate((seconds) => inPage.listened(seconds), tone + silence + tone + 1)
    for (const [i, { start }] of heard.entries()) expect(start).toBeCloseTo(0.05 * i, 6)
    const [first, last] = [heard[0]!, heard.at(-1)!]
    expect(last.came - first.came).toBeGreaterThan((last.end - first.end) / 2)
    // A sine's |X|² is (amplitude/2 · Σw)², and a Hann window of 400 samples sums to 200; silence is the floor, ln 1e-10.
    const loudest = Math.log((amplitude * 100) ** 2)
    expect(Math.abs(Math.max(...heard.map(({ level }) => level)) - loudest)).toBeLessThan(1)
    const loud = ({ level }: scenes.Heard) => level > (loudest + Math.log(1e-10)) / 2
    const turns = heard.filter((one, i) => i > 0 && loud(one) !== loud(heard[i - 1]!))
    // What comes before the first tone depends on how fast the device opens.
    const [second, third, fourth, ...others] = loud(first) ? turns : turns.slice(1)
    expect([second, third, fourth].map((one) => one && loud(one))).toEqual([false, true, false])
    expect(others).toEqual([])
    expect(Math.abs(third!.start - second!.start - silence)).toBeLessThan(0.5)
    expect(Math.abs(fourth!.start - third!.start - tone)).toBeLessThan(0.5)
    expect({ late, tracks, contexts }).toEqual({ late: 0, tracks: ['ended'], contexts: ['closed'] })
  })

  test('two that share a microphone, one 2.5 s late, have the same vectors from there on, by the clock of the context', async () => {
    await open('/')
    const { first, second, state } = await page.evaluate(() => inPage.together(2.5, 5))
    expect(second.length).toBeGreaterThan(4)
    const same = first.slice(-second.length)
    expect(second.map(({ vector }) => vector)).toEqual(same.map(({ vector }) => vector))
    expect(new Set(same.map(({ vector }) => vector)).size).toBeGreaterThan(1)
    for (const [i, { start, end, came }] of second.entries()) {
      expect(start).toBeCloseTo(same[i]!.start, 9)
      expect(start).toBeGreaterThanOrEqual(2.5)
      // Nothing comes before it was heard.
      expect(came).toBeGreaterThanOrEqual(end)
    }
    expect(state).toBe('running')
  })

  test('features of the voice are live what they are of the whole', async () => {
    await open('/')
    const all = await page.evaluate(() => inPage.voiced(3))
    console.log(all.map(({ name, frames }) => `${name}: ${frames} frames`).join(', '))
    for (const { name, frames, live, whole } of all) {
      expect(frames, name).toBeGreaterThan(name === 'lufs' ? 0 : 250)
      expect(live === whole, name).toBe(true)
    }
  })

  test('a microphone tells the time of day', async () => {
    await open('/')
    const { asked, starts, late } = await page.evaluate(() => inPage.timed(20))
    console.log(`latency, ms: ${late.map((seconds) => Math.round(1000 * seconds)).join(', ')}`)
    // What is told of a device is right to its buffer.
    const buffer = 0.05
    expect(starts[0]).toBeGreaterThan(asked - buffer)
    for (const [i, start] of starts.entries()) expect(start).toBeCloseTo(starts[0]! + i / 10, 5)
    expect(Math.min(...late)).toBeGreaterThan(-buffer)
  })

  test('where data: URLs are forbidden, the error says what to do, and that works', async () => {
    await open('/strict')
    const message =
      "Error: audioNode: expected a page that may load a worklet from a data: URL, got AbortError; where its Content-Security-Policy forbids that, serve the file poolwise/tap.js and name its address: { module: '/tap.js' }"
    expect(await page.evaluate(() => inPage.refusals())).toEqual({ tap: message, microphone: message })
    const { heard } = await page.evaluate(() => inPage.played(16000, { module: '/tap.js' }))
    expect(heard).toBe(scenes.hex(scenes.noise()))
    const live = await page.evaluate(() => inPage.listened(0.5, { module: '/tap.js' }))
    expect(live.heard.length).toBeGreaterThan(0)
    expect(live.tracks).toEqual(['ended'])
    const missing = await page.evaluate(() => inPage.played(16000, { module: '/tab.js' }).catch(String))
    expect(missing).toBe('Error: audioNode: module must be the address of the file poolwise/tap.js, got "/tab.js", which gave AbortError')
  })

  test('where WebAssembly is forbidden, the decoders that need it say what to do', async () => {
    await open('/strict')
    expect(await page.evaluate(async () => inPage.decoded(await inPage.fetched('/bat-v1.wav')))).toHaveLength(4480)
    expect(await page.evaluate(async () => inPage.decoded(await inPage.fetched('/bat-v1.mp3')).catch(String))).toBe(
      "Error: decoding MP3: expected a page that may compile WebAssembly, got CompileError; add 'wasm-unsafe-eval' to its Content-Security-Policy's script-src",
    )
  })

  test('on a page that is not secure, the errors say so', async () => {
    await open('/', 'elsewhere.test')
    expect(await page.evaluate(() => globalThis.isSecureContext)).toBe(false)
    const { tap, microphone } = await page.evaluate(() => inPage.refusals())
    expect(tap).toMatch(/^TypeError: audioNode: expected context\.audioWorklet, which browsers have on pages from https or localhost, got/)
    expect(microphone).toMatch(/^TypeError: microphone: expected navigator\.mediaDevices, which browsers have on pages from https/)
  })
})
