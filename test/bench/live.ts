// A microphone in headless Chromium: how late vectors are, what it takes, and what is missed, in the main thread, in a worker, and by Meyda.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type BrowserContext, chromium } from 'playwright-core'
import { chromiumPath, hearing, quiet } from '../chromium.ts'
import { word } from '../live.ts'
import { s16, wavOf } from '../sources/recordings.ts'
import type * as page from './heard.ts'
import type { Table } from './timing.ts'

declare const inPage: typeof page

const seconds = 20
const who: readonly page.Who[] = ['main thread', 'worker', 'Meyda']
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const meyda = path('../peers/node_modules/meyda/dist/web/meyda.min.js')

export async function live(): Promise<Table> {
  const head = ['', 'page', 'latency p50', 'p95', 'p99', 'CPU seconds a second', 'frames seen', 'missed']
  const title = `A microphone, live: ${seconds} s of words, 80 mel bands, three windows (0.25, 0.5 and 1 s, each 0.1 s; mean, std, max)`
  if (!existsSync(chromiumPath)) return { title, note: `Skipped: there is no Chromium at ${chromiumPath}.`, head, rows: [] }
  const folder = mkdtempSync(join(tmpdir(), 'poolwise-'))
  const server = createServer(await answers())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  let browser: BrowserContext | undefined
  try {
    const sound = join(folder, 'sound.wav')
    writeFileSync(sound, await recording())
    browser = await chromium.launchPersistentContext(join(folder, 'profile'), {
      executablePath: chromiumPath,
      headless: true,
      args: [...quiet, ...hearing(sound)],
    })
    const rows: string[][] = []
    for (const busy of [false, true]) {
      for (const name of who) {
        if (name === 'Meyda' && !existsSync(meyda)) continue
        rows.push([
          name,
          busy ? 'busy' : 'idle',
          ...(await row(browser, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, name, busy)),
        ])
      }
    }
    return {
      title,
      note: 'Latency is from the last sample of the longest window, by the context’s clock, to the vector in the main thread, in ms; CPU is that of the page’s process, all threads. Ours are frames of 25 ms, 100 a second; Meyda’s analyzer gives bands of 512 samples, one after the other, and pools nothing. A busy page does nothing else for 300 ms of each 400.',
      head,
      rows,
    }
  } finally {
    await browser?.close()
    server.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function row(browser: BrowserContext, url: string, name: page.Who, busy: boolean): Promise<string[]> {
  // A page of its own, whose process goes with it.
  const tab = await browser.newPage()
  await tab.goto(url)
  const session = await browser.browser()!.newBrowserCDPSession()
  const taken = async () => {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo')
    return processInfo.filter(({ type }) => type === 'renderer').reduce((sum, { cpuTime }) => sum + cpuTime, 0)
  }
  const before = await taken()
  const found = await tab.evaluate(([name, seconds, busy]) => inPage.listen(name, seconds, busy), [name, seconds, busy] as const)
  // The second that does not count among the latencies counts here.
  const cpu = ((await taken()) - before) / (found.seconds + 1)
  await tab.close()
  const sorted = [...found.late].sort((a, b) => a - b)
  const at = (q: number) => (sorted.length > 0 ? (1000 * sorted[Math.ceil(q * sorted.length) - 1]!).toFixed(0) : '')
  return [at(0.5), at(0.95), at(0.99), cpu.toFixed(3), String(found.seen), String(found.missed)]
}

/** The page, its scripts, and Meyda where it is installed. */
async function answers(): Promise<Parameters<typeof createServer>[1] & object> {
  const { outputFiles } = await build({
    entryPoints: { page: path('heard.ts'), worker: path('../../src/workers/pageWorker.ts') },
    outdir: '/',
    bundle: true,
    platform: 'browser',
    format: 'esm',
    write: false,
  })
  const scripts = new Map<string, Uint8Array | string>([
    ...outputFiles.map(({ path, contents }) => [path, contents] as const),
    ['/start.js', "import * as inPage from '/page.js'; Object.assign(globalThis, { inPage })"],
    ['/meyda.js', existsSync(meyda) ? readFileSync(meyda) : ''],
  ])
  return ({ url }, response) => {
    const script = scripts.get(url!)
    response.writeHead(200, { 'content-type': `${script === undefined ? 'text/html' : 'text/javascript'}; charset=utf-8` })
    response.end(
      script ?? '<!doctype html><title>bench</title><script src="/meyda.js"></script><script type="module" src="/start.js"></script>',
    )
  }
}

/** Words with pauses, as long as is listened; the fake microphone plays it again from the start. */
async function recording(): Promise<Uint8Array> {
  const rate = 16000
  const words = await Promise.all(['elephant', 'umbrella', 'garden', 'ship'].map((name) => word(name, 'v1')))
  const once = words.flatMap((one) => [...one, ...new Float32Array(rate / 2)])
  const all = Array.from({ length: (seconds + 5) * rate }, (_, i) => once[i % once.length]! * 2 ** 15)
  return wavOf(s16(all), { rate })
}
