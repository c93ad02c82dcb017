// The page about a collection as a browser opens it from the disk: looked at, listened to, gone through by keyboard, in light and dark, on a telephone's width and a screen's.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { draw } from '../../src/core/draw.ts'
import { npyHeader } from '../../src/files/npy.ts'
import { nothingSerious } from '../axe.ts'
import { chromiumPath, quiet } from '../chromium.ts'
import { outside } from '../cli/outside.ts'
import { root } from '../house/source.ts'

const installed = existsSync(chromiumPath)
if (!installed) {
  if (process.env.POOLWISE_REQUIRE_ALL === '1') throw new Error(`the page's test: expected Chromium at ${chromiumPath}, got none`)
  console.log(`skipped: there is no Chromium at ${chromiumPath} (apt-get install chromium)`)
}

const folder = mkdtempSync(join(tmpdir(), 'poolwise-page-'))
const at = (name: string) => join(folder, name)
const pictures = join(root, 'out/report')
const pages = { words: at('words/report.html'), hostile: at('hostile.html'), one: at('one.html'), many: at('many.html') } as const

const hostile = ['</script><script>document.title="run"</script>', '__proto__', '"><img src=x onerror=alert(1)>', '\u202egnp.exe', 'مرحبا']

/** Recordings of eight voices with a label each, two of them damaged. */
async function words(): Promise<void> {
  mkdirSync(at('sounds'))
  const samples = join(root, 'samples/audio/words')
  const files = readdirSync(samples).filter((name) => name.endsWith('.wav'))
  const lines = files.map((file, i) => {
    const bytes = readFileSync(join(samples, file))
    writeFileSync(at(`sounds/${file}`), i % 100 === 50 ? bytes.subarray(0, 1000) : bytes)
    const name = file.replace('.wav', '')
    return `${name},sounds/${file},,,${name.split('-')[0]}`
  })
  writeFileSync(at('words.csv'), `id,path,start,end,label\n${lines.join('\n')}\n`)
  const { code } = await outside(['audio', at('words.csv'), '--manifest', '--out', at('words/')])
  expect(code).toBe(1)
}

describe.skipIf(!installed)('in Chromium', () => {
  let browser: Browser

  beforeAll(async () => {
    await words()
    const line = (id: string, label: string, vector: readonly number[]) =>
      `${JSON.stringify({ id, label, start: 0, end: 1, weight: 1, vector })}\n`
    writeFileSync(
      at('hostile.jsonl'),
      hostile.flatMap((id, i) => hostile.map((label, k) => line(`${id}${k}`, label, [i, k, i * k]))).join(''),
    )
    writeFileSync(at('one.jsonl'), line('one', 'a', [1, 2]))
    const [rows, size] = [100_000, 16]
    const values = Float32Array.from({ length: rows * size }, (_, i) => draw(3, i, 0) + Number(i % size === Math.floor(i / size) % 5))
    writeFileSync(at('many.npy'), Buffer.concat([npyHeader('<f4', [rows, size]), new Uint8Array(values.buffer)]))
    writeFileSync(
      at('many.ids.jsonl'),
      Array.from(
        { length: rows },
        (_, i) => `${JSON.stringify({ id: `rec/${i}.wav`, label: `kind ${i % 5}`, start: 0, end: 1, weight: 1 })}\n`,
      ).join(''),
    )
    for (const [name, source] of [
      ['hostile', 'hostile.jsonl'],
      ['one', 'one.jsonl'],
      ['many', 'many.npy'],
    ] as const) {
      const { code, err } = await outside(['report', at(source), '-o', pages[name]])
      expect([code, err]).toEqual([0, ''])
    }
    mkdirSync(pictures, { recursive: true })
    browser = await chromium.launch({
      executablePath: chromiumPath,
      headless: true,
      args: [...quiet, '--autoplay-policy=no-user-gesture-required'],
    })
  }, 300_000)

  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  /** A page, whose requests and faults are gathered. */
  async function opened(
    name: keyof typeof pages,
    colorScheme: 'light' | 'dark',
    width: number,
  ): Promise<{ page: Page; asked: string[]; faults: string[] }> {
    const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme })
    const [asked, faults]: string[][] = [[], []]
    page.on('request', (request) => asked!.push(request.url()))
    page.on('console', (message) => faults!.push(message.text()))
    page.on('pageerror', (error) => faults!.push(error.message))
    page.on('dialog', (dialog) => void faults!.push(dialog.message()))
    await page.goto(pathToFileURL(pages[name]).href)
    return { page, asked: asked!, faults: faults! }
  }

  const looks = (Object.keys(pages) as (keyof typeof pages)[]).flatMap((name) =>
    (['light', 'dark'] as const).flatMap((scheme) => [360, 1280].map((width) => [name, scheme, width] as const)),
  )
  test.each(looks)(
    '%s, %s, %d px: axe finds nothing serious, nothing is wider than the page, nothing is asked for',
    async (name, scheme, width) => {
      const { page, asked, faults } = await opened(name, scheme, width)
      await page.screenshot({ path: join(pictures, `${name}-${scheme}-${width}.png`), fullPage: true })
      await page.evaluate(() => {
        for (const details of document.querySelectorAll('details')) details.open = true
      })
      await nothingSerious(page)
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
      expect(asked.filter((url) => !/^file:.*\.(html|wav)/.test(url))).toEqual([])
      expect(faults).toEqual([])
      await page.close()
    },
  )

  test('names are told by the pointer and the keyboard, and play', async () => {
    const { page, faults } = await opened('words', 'light', 1280)
    const told = () => page.textContent('#name')
    const ring = () => page.evaluate(() => ['cx', 'cy'].map((name) => Number(document.getElementById('ring')!.getAttribute(name))))
    expect(await told()).toBe('Point at a dot.')
    await page.focus('#map')
    const names: (string | null)[] = []
    let [x, y] = [0, 0]
    for (const [key, dx, dy] of [
      ['ArrowRight', 1, 0],
      ['ArrowRight', 1, 0],
      ['ArrowLeft', -1, 0],
      ['ArrowUp', 0, -1],
      ['ArrowDown', 0, 1],
    ] as const) {
      await page.keyboard.press(key)
      const [a, b] = (await ring()) as [number, number]
      if (names.length > 0) expect((a - x) * dx + (b - y) * dy).toBeGreaterThan(0)
      ;[x, y] = [a, b]
      names.push(await told())
    }
    expect(names.every((name) => /^\w+-v\d$/.test(name!))).toBe(true)
    expect(new Set(names).size).toBeGreaterThan(2)
    await page.keyboard.press('Enter')
    const audio = page.locator('#audio')
    await page.waitForFunction(() => (document.getElementById('audio') as HTMLAudioElement).played.length > 0)
    expect(await audio.getAttribute('src')).toContain(`/sounds/${await told()}.wav`)
    expect(await page.evaluate(() => (document.getElementById('audio') as HTMLAudioElement).error)).toBe(null)
    // Where no dot is chosen, the pointer tells the nearest.
    await page.keyboard.press('Escape')
    await page.evaluate(() => (document.getElementById('audio') as HTMLAudioElement).pause())
    const points = JSON.parse((await page.textContent('#points'))!) as { x: number[]; y: number[]; id: string[] }
    const box = (await page.locator('#map svg').boundingBox())!
    const alone = points.x.findIndex((px, i) => points.x.every((qx, j) => i === j || Math.hypot(px - qx, points.y[i]! - points.y[j]!) > 20))
    await page.mouse.move(box.x + (points.x[alone]! * box.width) / 1000, box.y + (points.y[alone]! * box.width) / 1000)
    expect(await told()).toBe(points.id[alone])
    expect(faults).toEqual([])
    await page.close()
  })

  test('a label stands out when it is asked for', async () => {
    const { page } = await opened('words', 'dark', 1280)
    const key = page.locator('.key').nth(2)
    await key.focus()
    await page.keyboard.press('Enter')
    expect(await key.getAttribute('aria-pressed')).toBe('true')
    const shown = () =>
      page.evaluate(() => Array.from(document.querySelectorAll('#map .dot'), (dots) => Number(getComputedStyle(dots).opacity)))
    const seen = await shown()
    expect(seen.filter((opacity) => opacity > 0.5)).toHaveLength(1)
    await page.screenshot({ path: join(pictures, 'words-one-label.png') })
    await page.keyboard.press('Enter')
    expect((await shown()).every((opacity) => opacity > 0.5)).toBe(true)
    await page.close()
  })

  test('names run nothing', async () => {
    const { page, faults } = await opened('hostile', 'light', 1280)
    expect(await page.title()).toBe('25 vectors of 3 values · poolwise')
    expect(await page.locator('img').count()).toBe(0)
    await page.focus('#map')
    for (const key of ['ArrowRight', 'ArrowDown', 'ArrowLeft', 'ArrowUp']) await page.keyboard.press(key)
    expect(await page.locator('#name bdi > *').count()).toBe(0)
    // Nor would one that came through.
    const ran = await page.evaluate(() => {
      const script = document.createElement('script')
      script.textContent = 'globalThis.ran = true'
      document.body.append(script)
      return 'ran' in globalThis
    })
    expect(ran).toBe(false)
    expect(faults.filter((text) => !text.includes('Content Security Policy'))).toEqual([])
    await page.close()
  })

  test('100,000 vectors are a page of bounded size, which says what is drawn', () => {
    const text = readFileSync(pages.many, 'utf8')
    const bytes = statSync(pages.many).size
    console.log(
      `the page about 100,000 vectors of 16 values: ${Math.round(bytes / 1000)} kB; about 288 words: ${Math.round(statSync(pages.words).size / 1000)} kB`,
    )
    expect(bytes).toBeLessThan(1_500_000)
    expect(text).toContain('Of 5,000 vectors drawn at random')
    expect(text).toMatch(/same label for <b>\d+(\.\d)? %<\/b>, where chance would give 20 %/)
  })
})
