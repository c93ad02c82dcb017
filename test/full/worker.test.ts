// Off the main thread in a real browser, on a page whose policy allows scripts of its own address and nothing else: no data: URLs, no WebAssembly.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath, hearing, quiet } from '../chromium.ts'
import { samples } from '../sources/recordings.ts'
import { hex, noise } from './browser/scenes.ts'
import * as threads from './browser/threads.ts'

declare const inPage: typeof threads

const installed = existsSync(chromiumPath)
if (!installed && process.env.POOLWISE_REQUIRE_ALL === '1')
  throw new Error(`the worker test: expected Chromium at ${chromiumPath}, got none`)

const policies = {
  '/strict': "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'",
  '/kernels': "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'",
}
const word = new Uint8Array(readFileSync(join(samples, 'words/bat-v1.wav')))

describe.skipIf(!installed)('a strict page in Chromium', () => {
  let folder: string
  let server: Server
  let browser: BrowserContext
  let page: Page
  const said: string[] = []

  beforeAll(async () => {
    const { outputFiles } = await build({
      entryPoints: { page: 'test/full/browser/threads.ts', worker: 'src/workers/pageWorker.ts', tap: 'src/sources/audio/tap.ts' },
      outdir: '/',
      bundle: true,
      format: 'esm',
      platform: 'browser',
      write: false,
    })
    const files = new Map<string, { type: string; body: Uint8Array | string }>([
      ...outputFiles.map(({ path, contents }) => [path, { type: 'text/javascript; charset=utf-8', body: contents }] as const),
      ['/start.js', { type: 'text/javascript', body: "import * as inPage from '/page.js'; Object.assign(globalThis, { inPage })" }],
      ['/word.wav', { type: 'audio/wav', body: word }],
      ...Object.keys(policies).map(
        (path) => [path, { type: 'text/html', body: '<!doctype html><script type="module" src="/start.js"></script>' }] as const,
      ),
    ])
    server = createServer(({ url, headers }, response) => {
      const file = files.get(url!)
      // A worker has the policy of its own script.
      const policy = policies[(url! in policies ? url! : new URL(headers.referer ?? 'http://none/').pathname) as keyof typeof policies]
      response.writeHead(file ? 200 : 404, {
        'content-type': file?.type ?? 'text/plain',
        'content-security-policy': policy ?? policies['/strict'],
      })
      response.end(file?.body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    folder = mkdtempSync(join(tmpdir(), 'poolwise-'))
    browser = await chromium.launchPersistentContext(folder, {
      executablePath: chromiumPath,
      headless: true,
      args: [...quiet, ...hearing()],
    })
    page = await browser.newPage()
    page.on('console', (message) => said.push(message.text()))
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    server?.close()
    if (folder) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  const open = async (path: keyof typeof policies) => {
    said.length = 0
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`)
    await page.waitForFunction(() => 'inPage' in globalThis)
  }

  test.each([
    ['/strict', false],
    ['/kernels', true],
  ] as const)('on %s a worker gives the vectors of Node, bit for bit; kernels: %s', async (path, kernels) => {
    await open(path)
    const found = await page.evaluate(() => inPage.ofFile('/word.wav'))
    const expected = await threads.here(word.buffer)
    expect(expected.length).toBeGreaterThan(3)
    expect(found).toEqual({ here: expected, there: expected, kernels })
    // The page and the worker each say once that they have no kernels.
    expect(said.filter((text) => text.startsWith('poolwise:')).length).toBe(kernels ? 0 : 2)
    expect(await page.evaluate(() => inPage.overPort('/word.wav'))).toEqual(expected)
  })

  test('the tap is a file, and the microphone is pooled in the worker', async () => {
    await open('/strict')
    expect(await page.evaluate(() => inPage.tapped())).toBe(hex(noise()))
    const { vectors, tracks } = await page.evaluate(() => inPage.ofMicrophone(8))
    expect(vectors.map(({ start }) => Math.round(20 * start))).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(vectors[0]!.names).toContain('mel79.max')
    expect(new Set(vectors.map(({ vector }) => Object.values(vector).join())).size).toBeGreaterThan(1)
    expect(tracks).toEqual(['ended'])
  })

  test('errors say what they say in the main thread, and a worker that is not there is told of', async () => {
    await open('/strict')
    expect(await page.evaluate(() => inPage.endings())).toEqual([
      'Error: inWorker: expected a worker that runs poolwise/worker.js to the end, got none that this page may load',
      expect.stringMatching(/^TypeError: stages\[0\]: stageFrom: unknown stage "logMell"; did you mean "logMel"\?/),
      'DataError: decodeAudio: expected audio, got an empty file',
      'TypeError: inWorker: expected a pipeline without a source, since those of pipelines read files, got one in a Web Worker',
    ])
  })
})
