// The live page in a real browser, built as for any host: taught by one voice, it knows the words of another; its vectors are those of files; and anybody can use it.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { apply, lufs, signal, stageFrom } from 'poolwise'
import { decodeAudio } from 'poolwise/audio'
import { type NdArray, readNpy } from 'poolwise/text'
import { build, type PreviewServer, preview } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Choice, stagesOf } from '../../pipelines/live/choices.ts'
import { nothingSerious } from '../axe.ts'
import { chromiumPath, hearing, quiet } from '../chromium.ts'
import { word } from '../live.ts'
import { s16, samples, wavOf, whole } from '../sources/recordings.ts'

const configFile = 'pipelines/live/vite.config.ts'
const installed = existsSync(chromiumPath)
if (!installed && process.env.POOLWISE_REQUIRE_ALL === '1') throw new Error(`the live page: expected Chromium at ${chromiumPath}, got none`)

const rate = 16000
const [teacher, speaker] = ['v3', 'v1']
const taught = ['elephant', 'umbrella', 'garden', 'ship']
const spoken = ['ship', 'garden', 'umbrella', 'elephant']
/** Seconds of silence before the first word and after each. */
const [opening, pause] = [2, 2.5]

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

/** What the controls are set to for the comparison with files; with `max`, the silence between words, which each resampler has in its own way, does not count. */
const choice: Choice = { feature: 'log-mel', pooling: 'max', size: 0.5, stride: 0.1, way: '1d' }
const offline = (sound: Float32Array) => apply(signal(sound, { rate }), ...stagesOf(choice, '1d').map(stageFrom)).data

/** A word in the file, in samples. */
interface Place {
  readonly from: number
  readonly to: number
}

/** Where in the recording each word is. */
async function places(): Promise<Place[]> {
  const names = [...taught.map((name) => [name, teacher] as const), ...spoken.map((name) => [name, speaker] as const)]
  let from = opening * rate
  const all: Place[] = []
  for (const [name, voice] of names) {
    const { length } = await word(name, voice)
    all.push({ from, to: from + length })
    from += length + pause * rate
  }
  return all
}

const [size, stride] = [choice.size * rate, choice.stride * rate]

/** How far the vectors of the page are from those of the file around a word, in nats of all bands up to 7 kHz of windows with the word, where the page's first sample is the file's sample `start`. */
function distances(live: NdArray, sound: Float32Array, { from, to }: Place, start: number): number[] {
  const [rows, bands] = live.shape as [number, number]
  const first = Math.max(Math.ceil((from - size - start) / stride), 0)
  const file = offline(sound.subarray(Math.max(start + first * stride, 0), to + 2 * size))
  const ours = live.data.subarray(first * bands, rows * bands)
  const all: number[] = []
  for (let at = 0; at < Math.min(ours.length, file.length); at += bands) {
    const theirs = file.subarray(at, at + bands - 3)
    if (Math.max(...theirs) > 0) all.push(...Array.from(theirs, (value, i) => Math.abs(value - (ours[at + i] as number))))
  }
  return all.sort((a, b) => a - b)
}

const share = (sorted: readonly number[], part: number) => sorted[Math.floor(part * (sorted.length - 1))]!

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
    const outDir = join(folder, 'page')
    await build({ configFile, logLevel: 'warn', build: { outDir } })
    server = await preview({ configFile, logLevel: 'warn', build: { outDir }, preview: { port: 0 } })
    browser = await chromium.launchPersistentContext(join(folder, 'profile'), {
      executablePath: chromiumPath,
      headless: true,
      args: [...quiet, ...hearing(`${join(folder, 'words.wav')}%noloop`)],
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
    await page.selectOption('#pooling', choice.pooling)
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
      `latency: ${await page.textContent('#median')}, 99 of 100 ${await page.textContent('#p99')}; waiting ${await page.textContent('#queue-shown')}`,
    )
  })

  test('its vectors of the microphone are those of the file', async () => {
    const live = await exported('npy').then(readNpy)
    expect(live.shape[0]).toBeGreaterThan(200)
    expect(live.shape[1]).toBe(40)
    const before = rate
    const padded = Float32Array.from([...new Float32Array(before), ...sound])
    const apart: number[] = []
    const starts: number[] = []
    // The device begins somewhere in the file, or before it; it loses sound where the machine stands still, so each word has a start of its own.
    for (const { from, to } of await places()) {
      const place = { from: from + before, to: to + before }
      const median = (start: number) => share(distances(live, padded, place, start), 0.5)
      const nearestOf = (all: readonly number[]) => all.reduce((best, start) => (median(start) < median(best) ? start : best))
      const coarse = nearestOf(Array.from({ length: 100 }, (_, i) => (starts.at(-1) ?? rate) - rate + (i * rate) / 50))
      const fine = nearestOf(Array.from({ length: 33 }, (_, i) => coarse + (i - 16) * 20))
      // To the sample: half a millisecond beside it is already further apart than what the device does to the sound.
      const start = nearestOf(Array.from({ length: 39 }, (_, i) => fine + i - 19))
      starts.push(start)
      apart.push(...distances(live, padded, place, start))
    }
    apart.sort((a, b) => a - b)
    const [half, most] = [share(apart, 0.5), share(apart, 0.95)]
    console.log(
      `of ${apart.length} values, nats apart: median ${half.toFixed(4)}, 95 of 100 within ${most.toFixed(4)}; heard from ${starts.map((start) => (start / rate - 1).toFixed(4)).join(', ')} s on`,
    )
    expect(apart.length).toBeGreaterThan(1000)
    expect(half).toBeLessThan(0.02)
    expect(most).toBeLessThan(0.2)
  })

  test('of a dropped file they are those of the file, bit for bit', async () => {
    const file = readFileSync(join(samples, 'formats/stereo-44k.wav'))
    const data = await page.evaluateHandle((bytes) => {
      const transfer = new DataTransfer()
      transfer.items.add(new File([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))], 'stereo.wav'))
      return transfer
    }, file.toString('base64'))
    await page.dispatchEvent('body', 'drop', { dataTransfer: data })
    await page.getByText('Heard all of stereo.wav.').waitFor()
    const heard = (await whole(decodeAudio(new Uint8Array(file)))).data
    expect((await exported('npy').then(readNpy)).data).toEqual(offline(heard))
    const lines = new TextDecoder()
      .decode(await exported('jsonl'))
      .trim()
      .split('\n')
    expect(Float32Array.from(lines.flatMap((line) => JSON.parse(line).vector))).toEqual(offline(heard))
  })

  test('the pitch is told, and is a line over the waterfall where frequencies are; loudness is in LUFS', async () => {
    const [hertz, amplitude] = [220, 0.1]
    const tone = Float32Array.from({ length: 6 * rate }, (_, t) => amplitude * Math.sin((2 * Math.PI * hertz * t) / rate))
    writeFileSync(join(folder, 'tone.wav'), fileOf(tone))
    await page.setInputFiles('#file', join(folder, 'tone.wav'))
    await page.getByText(`${hertz} Hz`, { exact: true }).waitFor()
    const integrated = apply(signal(tone, { rate }), lufs()).data.at(-1)!
    await page.getByText(`${integrated.toFixed(0)} LUFS`, { exact: true }).waitFor()
    /** The heights of the line's pixels, from 0 at the lower edge to 1. */
    const heights = () =>
      page.locator('#pitch').evaluate((element) => {
        const { width, height } = element as HTMLCanvasElement
        const { data } = (element as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height)
        return Array.from({ length: width * height }, (_, i) => i)
          .filter((i) => data[4 * i + 3]! > 0)
          .map((i) => 1 - (Math.floor(i / width) + 0.5) / height)
      })
    await page.waitForFunction(() => (document.getElementById('pitch') as HTMLCanvasElement).width > 0)
    const line = await heights()
    expect(line.length).toBeGreaterThan(100)
    const middle = line.reduce((sum, one) => sum + one, 0) / line.length
    expect(middle).toBeCloseTo(Math.log1p(hertz / 700) / Math.log1p(rate / 2 / 700), 2)
    await page.selectOption('#feature', 'mfcc')
    await page.waitForTimeout(500)
    expect(await heights()).toEqual([])
    await page.selectOption('#feature', 'log-mel')
  })

  test('a sound that was held, by keys alone, has its name', async () => {
    await page.setInputFiles('#file', join(samples, 'minute.wav'))
    await page.getByText('Listening to minute.wav.').waitFor()
    await page.focus('#name')
    await page.keyboard.type('held')
    await page.focus('#hold')
    await page.keyboard.down('Space')
    await page.waitForTimeout(500)
    await page.keyboard.up('Space')
    await page.getByLabel('Forget held').waitFor()
    await page.getByLabel('Forget held').press('Enter')
    await page.getByLabel('Forget held').waitFor({ state: 'detached' })
  })

  test('every choice takes effect at once', async () => {
    for (const [id, value] of [...(await options('feature')), ...(await options('pooling')), ...(await options('way'))]) {
      await page.selectOption(`#${id}`, value)
      expect(await page.inputValue('#json')).toContain(
        id === 'way' ? { '1d': 'pool1d', '2d': 'pool2d', segments: 'segmentPool' }[value] : '"stage"',
      )
      if (value !== 'segments') await page.waitForFunction(() => /^[1-9]/.test(document.getElementById('count')!.textContent!))
    }
    await page.selectOption('#feature', 'log-mel')
    await page.selectOption('#pooling', 'mean')
    await page.selectOption('#way', '1d')
    await page.fill('#size', '1000')
    await page.focus('#stride')
    await page.keyboard.press('ArrowRight')
    expect(await page.inputValue('#ts')).toContain("pool1d('mean', { size: '1s', stride: '110ms' })")
    await page.fill('#size', '300')
    await page.fill('#stride', '50')
    // So that the pictures below show eight seconds of it.
    await page.waitForTimeout(8000)
    const colors = await page.locator('figure canvas[role=img]').evaluateAll((all) =>
      (all as HTMLCanvasElement[]).map((canvas) => {
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
        return new Set(new Uint32Array(data.buffer)).size
      }),
    )
    expect(Math.min(...colors)).toBeGreaterThan(50)
  })

  test.each(schemes.flatMap((scheme) => sizes.map((width) => [scheme, width] as const)))(
    '%s, %d px: axe finds nothing serious, and nothing is wider than the page',
    async (scheme, width) => {
      await page.emulateMedia({ colorScheme: scheme })
      await page.setViewportSize({ width, height: 800 })
      await nothingSerious(page)
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
      await page.locator(':focus').evaluateAll((all) => (all as HTMLElement[]).map((one) => one.blur()))
      await page.waitForTimeout(300)
      mkdirSync('out/live', { recursive: true })
      await page.screenshot({ path: `out/live/${width}-${scheme}.png`, fullPage: true })
    },
  )

  test("colors are the page's to choose, too", async () => {
    const fresh = await browser.newPage()
    await fresh.goto(url())
    await fresh.emulateMedia({ colorScheme: 'dark' })
    const background = () => fresh.evaluate(() => getComputedStyle(document.body).backgroundColor)
    const dark = await background()
    await fresh.click('text=Light colors')
    const light = await background()
    expect(light).not.toBe(dark)
    await fresh.emulateMedia({ colorScheme: 'light' })
    expect(await background()).toBe(light)
    await fresh.click('text=Dark colors')
    expect(await background()).toBe(dark)
    await fresh.close()
  })

  test('nothing leaves the machine, and nothing went wrong', async () => {
    await page.click('#stop')
    expect(failures).toEqual([])
    expect(asked.filter((address) => !address.startsWith(url()) && !/^(data|blob):/.test(address))).toEqual([])
    expect(await page.evaluate((address) => fetch(address).then(() => 'sent', String), url())).toMatch(/^TypeError/)
  })

  test('the smallest page shows vectors, and stops', async () => {
    const [root, outDir] = ['src/cli/templates/live', join(folder, 'smallest')]
    await build({ root, configFile, logLevel: 'warn', build: { outDir } })
    const smallest = await preview({ root, configFile, logLevel: 'warn', build: { outDir }, preview: { port: 0 } })
    try {
      await page.goto(smallest.resolvedUrls!.local[0]!)
      await page.click('text=Listen')
      await page.waitForFunction(() => /^[▁-█]{80}$/.test(document.getElementById('vector')!.textContent!))
      await page.click('text=Stop')
      await page.getByText('Listen').waitFor()
    } finally {
      await smallest.close()
    }
  })

  /** What the page gives for download. */
  async function exported(id: string): Promise<Uint8Array> {
    const [download] = await Promise.all([page.waitForEvent('download'), page.click(`#${id}`)])
    return new Uint8Array(readFileSync(await download.path()))
  }

  async function options(id: string): Promise<[string, string][]> {
    return (await page.locator(`#${id} option`).evaluateAll((all) => all.map((one) => (one as HTMLOptionElement).value))).map((value) => [
      id,
      value,
    ])
  }
})
