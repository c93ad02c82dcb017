// The documentation's site as a host has it, in a folder below its root: all links lead somewhere, nobody else is asked, search finds, and anybody can read it.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, extname, join, normalize } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nothingSerious } from '../axe.ts'
import { chromiumPath, quiet } from '../chromium.ts'
import { root } from '../house/source.ts'

const installed = existsSync(join(root, 'guide/site/node_modules')) && existsSync(chromiumPath)
if (!installed) {
  const needs = `the site's test: expected what npm run docs:site installs, and Chromium at ${chromiumPath}, got not both`
  if (process.env.POOLWISE_REQUIRE_ALL === '1') throw new Error(needs)
  console.log(`skipped: ${needs}`)
}

const types: { readonly [ending: string]: string } = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
}
const pictures = join(root, 'out/site-shots')
const schemes = ['light', 'dark'] as const
const widths = [360, 1280]
const looked = {
  home: 'index.html',
  streams: 'documents/Streams.html',
  poolings: 'documents/Poolings.html',
  benchmarks: 'documents/Benchmarks.html',
  module: 'modules/poolwise.html',
  stage: 'variables/poolwise.logMel.html',
  playground: 'playground/index.html',
}

describe.skipIf(!installed)('the site', () => {
  let [folder, base] = ['', '']
  let server: Server
  let browser: Browser
  let page: Page
  const asked: string[] = []

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'poolwise-site-'))
    execFileSync('npx', ['tsc', '-p', 'guide/site'], { cwd: root, stdio: 'pipe' })
    execFileSync('npx', ['tsx', 'guide/site/build.ts', folder], { cwd: root, stdio: 'pipe' })
    // Files and nothing else, as the plainest host has them.
    server = createServer(({ url }, response) => {
      const path = join(folder, decodeURIComponent(url!.split('?')[0]!).replace('/a/folder/', ''))
      if (!url!.startsWith('/a/folder/') || !existsSync(path)) return response.writeHead(404).end()
      response.writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream' }).end(readFileSync(path))
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a/folder/`
    browser = await chromium.launch({ executablePath: chromiumPath, args: [...quiet] })
    page = await browser.newPage()
    page.on('request', (request) => asked.push(request.url()))
    page.on('response', (response) => expect(`${response.status()} ${response.url()}`).toMatch(/^2/))
  }, 300_000)

  afterAll(async () => {
    await browser?.close()
    server?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test('every link leads to a page and a place that are there, and none loads from elsewhere', () => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.html'))
    const texts = new Map(files.map((path) => [path, readFileSync(join(folder, path), 'utf8')]))
    const idsOf = (html: string) => new Set([...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id!))
    const ids = new Map([...texts].map(([path, html]) => [path, idsOf(html)]))
    const lost: string[] = []
    let followed = 0
    for (const [path, html] of texts) {
      for (const [, kind, link] of html.matchAll(/ (href|src)="([^"]*)"/g)) {
        if (/^(https?:|mailto:)/.test(link!) && kind === 'href') continue
        if (link!.startsWith('data:')) continue
        followed++
        const [file, place] = link!.split('#') as [string, string?]
        const target = file === '' ? path : normalize(join(dirname(path), decodeURIComponent(file)))
        const there = existsSync(join(folder, target)) && !target.startsWith('..')
        if (!there || (place && ids.has(target) && !ids.get(target)!.has(decodeURIComponent(place)))) lost.push(`${path}: ${link}`)
      }
    }
    console.log(`${files.length} pages, ${followed} links`)
    expect(files.length).toBeGreaterThan(200)
    expect(lost).toEqual([])
  })

  test.each(Object.keys(looked) as (keyof typeof looked)[])(
    '%s: axe finds nothing serious, nothing is wider than the page, nobody else is asked',
    async (name) => {
      mkdirSync(pictures, { recursive: true })
      for (const [scheme, width] of schemes.flatMap((scheme) => widths.map((width) => [scheme, width] as const))) {
        await page.emulateMedia({ colorScheme: scheme })
        await page.setViewportSize({ width, height: 900 })
        await page.goto(base + looked[name], { waitUntil: 'networkidle' })
        await nothingSerious(page)
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
        await page.screenshot({ path: join(pictures, `${name}-${width}-${scheme}.png`) })
      }
      expect(asked.filter((url) => !url.startsWith(base) && !/^(data|blob):/.test(url))).toEqual([])
    },
  )

  test('the menu leads through the chapters', async () => {
    await page.goto(`${base}index.html`, { waitUntil: 'networkidle' })
    await page.locator('#tsd-nav-container a', { hasText: 'Masks and weights' }).click()
    await page.waitForURL('**/documents/Masks_and_weights.html')
    expect(await page.locator('h1').innerText()).toBe('Masks and weights')
  })

  test.each([
    ['logMel', 'variables/poolwise.logMel.html'],
    ['backpressure', 'documents/Streams.html'],
  ])('search for %s finds %s', async (words, found) => {
    await page.goto(`${base}index.html`, { waitUntil: 'networkidle' })
    await page.locator('#tsd-search-trigger').click()
    await page.locator('#tsd-search-input').fill(words)
    await page.locator('#tsd-search-results a').first().waitFor()
    const links = await page.locator('#tsd-search-results a').evaluateAll((all) => (all as HTMLAnchorElement[]).map(({ href }) => href))
    expect(links.some((link) => link.split('#')[0] === base + found)).toBe(true)
  })

  test('the playground pools the sample', async () => {
    await page.goto(`${base}playground/index.html`)
    await page.click('#sample')
    await page.locator('#count', { hasText: /^\d+ vectors$/ }).waitFor()
    expect(await page.locator('#status').innerText()).toBe('Listening to the sample.')
  })
})
