// In a real browser, Debian's Chromium: the entry points, the same bits as in Node, taps, a microphone, and a page that forbids scripts from data: URLs.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { builtinModules, isBuiltin } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BuildResult, build } from 'esbuild'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { s16, samples, wavOf } from '../sources/recordings.ts'
import * as scenes from './browser/scenes.ts'

/** The page's own copy of the scenes: what is given to `page.evaluate` must not touch this file's imports. */
declare const inPage: typeof scenes

const executablePath = '/usr/bin/chromium'
const installed = existsSync(executablePath)
if (!installed) {
  if (process.env.POOLWISE_REQUIRE_ALL === '1') throw new Error(`the browser test: expected Chromium at ${executablePath}, got none`)
  console.log(`skipped: Chromium is not installed at ${executablePath} (apt-get install chromium)`)
}

/** Seconds of tone, silence and tone; the silence after them is longer than anybody listens. */
const sounds = { tone: 1.5, silence: 1.5, rest: 30 }

function recording(): Uint8Array {
  const rate = 48000
  const { tone, silence, rest } = sounds
  const loud = (i: number) => i < tone * rate || (i >= (tone + silence) * rate && i < (2 * tone + silence) * rate)
  const length = (2 * tone + silence + rest) * rate
  return wavOf(
    s16(Array.from({ length }, (_, i) => (loud(i) ? 16000 * Math.sin((2 * Math.PI * 1000 * i) / rate) : 0))),
    { rate },
  )
}

const recordings = ['words/bat-v1.wav', 'formats/stereo-44k.wav', 'formats/bat-v1.mp3', 'formats/bat-v1.flac', 'formats/bat-v1.ogg']
const nameOf = (path: string) => `/${path.split('/')[1]}`
const bytesOf = (path: string) => new Uint8Array(readFileSync(`${samples}/${path}`)).buffer

let bundle: BuildResult<{ write: false; metafile: true }>
let server: Server
let folder: string
let browser: BrowserContext
let page: Page
let origin: string

function served(): Server {
  const script = bundle.outputFiles[0]!.contents
  const html = '<!doctype html><title>poolwise</title><script src="/scenes.js"></script>'
  const files = new Map<string, [type: string, body: Uint8Array | string, policy?: string]>([
    ['/', ['text/html', html]],
    ['/strict', ['text/html', html, "script-src 'self'"]],
    ['/scenes.js', ['text/javascript', script]],
    ...recordings.map((path): [string, [string, Uint8Array]] => [nameOf(path), ['application/octet-stream', new Uint8Array(bytesOf(path))]]),
  ])
  return createServer(({ url }, response) => {
    const [type, body, policy] = files.get(url!) ?? []
    response.writeHead(body ? 200 : 404, { 'content-type': type ?? 'text/plain', ...(policy && { 'content-security-policy': policy }) })
    response.end(body)
  })
}

describe.skipIf(!installed)('in Chromium', () => {
  beforeAll(async () => {
    bundle = await build({
      entryPoints: ['test/full/browser/scenes.ts'],
      bundle: true,
      platform: 'browser',
      format: 'iife',
      globalName: 'inPage',
      external: [...builtinModules, 'node:*'],
      tsconfig: 'tsconfig.json',
      write: false,
      metafile: true,
    })
    server = served()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    folder = mkdtempSync(join(tmpdir(), 'poolwise-browser-'))
    const sound = join(folder, 'sound.wav')
    writeFileSync(sound, recording())
    browser = await chromium.launchPersistentContext(join(folder, 'profile'), {
      executablePath,
      headless: true,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--use-fake-device-for-media-stream',
        '--use-fake-ui-for-media-stream',
        `--use-file-for-fake-audio-capture=${sound}%noloop`,
      ],
    })
    page = await browser.newPage()
    page.on('console', (message) => console.log('page:', message.text()))
    page.on('pageerror', (message) => console.log('page error:', message))
    await page.goto(origin)
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    server?.close()
    if (folder) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  test('entries', async () => {
    const imported = Object.values(bundle.metafile.inputs).flatMap((input) => input.imports.map(({ path }) => path))
    console.log(imported.filter(x => isBuiltin(x)), imported.length)
    console.log(await page.evaluate(() => inPage.entries()))
  })
  test.each(recordings)('%s', async (path) => {
    const got = await page.evaluate((url) => inPage.fetched(url), nameOf(path))
    const want = await scenes.decoded(bytesOf(path))
    console.log(got.length, got === want)
  })
  test('played', async () => {
    const got = await page.evaluate(() => inPage.played(16000, {}))
    console.log(got.heard === scenes.hex(scenes.noise()), got.vector.length)
    console.log(await page.evaluate(() => inPage.refused({})))
  })
  test('mic', async () => {
    const t=performance.now()
    const got = await page.evaluate((s) => inPage.listened(s), 5)
    console.log(performance.now()-t)
    console.log(got.late, got.tracks, got.contexts, got.heard.map(h => Object.values(h).map(x => x.toFixed(3)).join(' ')).join('\n'))
  })
  test('strict', async () => {
    await page.goto(`${origin}/strict`)
    console.log(await page.evaluate(() => inPage.refused({})))
  })
})
