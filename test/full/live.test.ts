// The live page in a real browser, built as for any host: taught by one voice, it knows the words of another; its vectors are those of files; and anybody can use it.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { decodeAudio } from 'poolwise/audio'
import { readNpy } from 'poolwise/text'
import { from, lastValueFrom, of, toArray } from 'rxjs'
import { build, type PreviewServer, preview } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stagesOf } from '../../pipelines/live/choices.ts'
import { cosine } from '../../pipelines/live/nearest.ts'
import { heardWords } from '../../pipelines/live/words.ts'
import { chromiumPath, quiet } from '../chromium.ts'
import { s16, samples, wavOf, whole } from '../sources/recordings.ts'

const installed = existsSync(chromiumPath)
if (!installed && process.env.POOLWISE_REQUIRE_ALL === '1') throw new Error(`the live page: expected Chromium at ${chromiumPath}, got none`)

const rate = 16000
const [teacher, speaker] = ['v3', 'v1']
const taught = ['elephant', 'umbrella', 'garden', 'ship']
const spoken = ['ship', 'garden', 'umbrella', 'elephant']
/** Seconds of silence before the first word and after each. */
const [opening, pause] = [2, 2.5]

async function word(name: string, voice: string): Promise<Float32Array> {
  return (await whole(decodeAudio(new Uint8Array(readFileSync(join(samples, `words/${name}-${voice}.wav`)))))).data
}

/** All words with their pauses; nobody listens as long as the silence after them lasts. */
async function recording(): Promise<Float32Array> {
  const words = await Promise.all([...taught.map((name) => word(name, teacher)), ...spoken.map((name) => word(name, speaker))])
  const parts = [
    new Float32Array(opening * rate),
    ...words.flatMap((one) => [one, new Float32Array(pause * rate)]),
    new Float32Array(60 * rate),
  ]
  return Float32Array.from(parts.flatMap((part) => Array.from(part)))
}

const fileOf = (sound: Float32Array) => wavOf(s16(Array.from(sound, (value) => value * 2 ** 15)), { rate })

const sizes = [360, 1280]
const schemes = ['light', 'dark'] as const

describe.skipIf(!installed)('the live page', () => {
  let folder: string
  let server: PreviewServer
  let browser: BrowserContext
  let page: Page
  let sound: Float32Array
  const url = () => server.resolvedUrls!.local[0]!
  const asked: string[] = []
  const failures: string[] = []

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'poolwise-'))
    sound = await recording()
    writeFileSync(join(folder, 'words.wav'), fileOf(sound))
    const configFile = 'pipelines/live/vite.config.ts'
    const outDir = join(folder, 'page')
    await build({ configFile, logLevel: 'warn', build: { outDir } })
    server = await preview({ configFile, logLevel: 'warn', build: { outDir }, preview: { port: 0 } })
    browser = await chromium.launchPersistentContext(join(folder, 'profile'), {
      executablePath: chromiumPath,
      headless: true,
      args: [
        ...quiet,
        '--use-fake-device-for-media-stream',
        '--use-fake-ui-for-media-stream',
        `--use-file-for-fake-audio-capture=${join(folder, 'words.wav')}%noloop`,
      ],
    })
    page = await browser.newPage()
    page.on('request', (request) => asked.push(request.url()))
    page.on('pageerror', (error) => failures.push(String(error)))
    page.on('console', (message) => message.type() === 'error' && failures.push(message.text()))
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await server?.close()
    if (folder) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  test('taught words by one voice, it knows those of another, in order', async () => {
    await page.goto(url())
    await page.click('#start')
    for (const [i, name] of taught.entries()) {
      await page.locator('#heard li').nth(i).waitFor()
      await page.fill('#name', name)
      await page.click('#remember')
    }
    await page
      .locator('#heard li')
      .nth(taught.length + spoken.length - 1)
      .waitFor()
    const heard = await page.locator('#heard li').evaluateAll((items) => items.map((item) => (item as HTMLElement).dataset.name!).reverse())
    console.log((await page.locator('#heard li').allTextContents()).reverse().join(', '))
    expect(heard.slice(taught.length)).toEqual(spoken)
    expect(await page.textContent('#word')).toBe(spoken.at(-1))
    expect(await page.textContent('#median')).toMatch(/^\d+ ms$/)
    console.log(
      `latency: ${await page.textContent('#median')}, 95 of 100 ${await page.textContent('#p95')}; waiting ${await page.textContent('#queue-shown')}`,
    )
  })

  test.each(schemes.flatMap((scheme) => sizes.map((width) => [scheme, width] as const)))(
    '%s, %d px: axe finds nothing serious, and nothing is wider than the page',
    async (scheme, width) => {
      await page.emulateMedia({ colorScheme: scheme })
      await page.setViewportSize({ width, height: 800 })
      await page.evaluate(readFileSync('node_modules/axe-core/axe.min.js', 'utf8'))
      const violations = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as {
          axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> }
        }
        return (await axe.run()).violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map(({ html }) => html) }))
      })
      expect(violations.filter(({ impact }) => ['serious', 'critical'].includes(impact))).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
      mkdirSync('out/live', { recursive: true })
      await page.screenshot({ path: `out/live/${width}-${scheme}.png`, fullPage: true })
    },
  )
})
