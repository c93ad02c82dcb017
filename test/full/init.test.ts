// The projects of `poolwise init`, as a newcomer meets them: written by the packed package, installed from the registry, started.
import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { type BrowserContext, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type KindName, kinds } from '../../src/cli/projects.ts'
import { chromiumPath, hearing, quiet } from '../chromium.ts'
import { packed } from '../house/packed.ts'

const browsing = existsSync(chromiumPath)
if (!browsing && process.env.POOLWISE_REQUIRE_ALL === '1')
  throw new Error(`the page of init: expected Chromium at ${chromiumPath}, got none`)

const env = { ...process.env, NO_COLOR: '1', BROWSER: 'none' }
const names = Object.keys(kinds) as KindName[]
const folder = mkdtempSync(join(tmpdir(), 'poolwise-init-'))
let unpacked = ''
let archive = ''

/** What a command prints. */
async function run(cwd: string, program: string, ...args: string[]): Promise<string> {
  return (await promisify(execFile)(program, args, { cwd, env })).stdout
}

/** The package is not taken from the registry, but all else is. */
const install = (project: string) => run(project, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', archive)

beforeAll(async () => {
  ;({ folder: unpacked, archive } = packed('init'))
  await install(folder)
  for (const kind of names) await run(folder, 'npx', 'poolwise', 'init', kind, kind)
  await Promise.all(names.map((kind) => install(join(folder, kind))))
}, 300_000)

afterAll(() => {
  for (const path of [folder, unpacked]) rmSync(path, { recursive: true, force: true, maxRetries: 5 })
}, 60_000)

/** How many values a vector of a project has, as its README says. */
function promised(kind: KindName): number {
  return Number(/vector of (\d+) values/.exec(readFileSync(join(folder, kind, 'README.md'), 'utf8'))?.[1])
}

test('files: a vector of each sound, and of those that one has', async () => {
  const [project, values] = [join(folder, 'files'), promised('files')]
  const lines = /^(\S+): (\d+) values, the greatest is mel\d+\.max, -?\d+\.\d\d$/gm
  const heard = async (...args: string[]) =>
    [...(await run(project, 'npm', 'start', ...args)).matchAll(lines)].map(([, id, count]) => [id!, Number(count)] as const)
  expect(await heard()).toEqual(['high', 'low'].map((name) => [`sounds/${name}.wav`, values]))
  const formats = await heard('--', join(process.cwd(), 'samples/audio/formats/*.{flac,mp3,ogg,opus}'))
  expect(new Set(formats.map(([id]) => extname(id)))).toEqual(new Set(['.flac', '.mp3', '.ogg', '.opus']))
  for (const [, count] of formats) expect(count).toBe(values)
  await expect(run(project, 'npm', 'start', '--', 'package.json')).rejects.toThrow(/package\.json: expected/)
  await run(project, 'npm', 'run', 'check')
})

test('text: a vector of each sentence, and the sentence most like it', async () => {
  const [project, values] = [join(folder, 'text'), promised('text')]
  const found = [...(await run(project, 'npm', 'start')).matchAll(/^(\d+) values: (.*)\n {2}like (0\.\d\d): (.*)$/gm)]
  expect(found.map(([, count]) => Number(count))).toEqual([values, values, values, values])
  const nearest = new Map(found.map(([, , sentence, , other]) => [sentence!, other!]))
  for (const [sentence, other] of nearest) expect(nearest.get(other)).toBe(sentence)
  await run(project, 'npm', 'run', 'check')
})

test('stream: a vector of each window', async () => {
  const [project, values] = [join(folder, 'stream'), promised('stream')]
  const lines = [...(await run(project, 'npm', 'start')).matchAll(/^(\d\.\d) s to (\d\.\d) s: (.*)$/gm)]
  expect(lines.map(([, start]) => Number(start))).toEqual(Array.from({ length: 7 }, (_, i) => i / 2))
  for (const [, start, end, numbers] of lines) {
    expect(Number(end) - Number(start)).toBeCloseTo(1, 9)
    expect(numbers!.split(', ').length).toBe(values)
  }
  await run(project, 'npm', 'run', 'check')
})

describe.skipIf(!browsing)('live', () => {
  const project = join(folder, 'live')
  let browser: BrowserContext

  beforeAll(async () => {
    browser = await chromium.launchPersistentContext(join(folder, 'profile'), {
      executablePath: chromiumPath,
      headless: true,
      args: [...quiet, ...hearing()],
    })
  }, 60_000)

  afterAll(() => browser?.close())

  /** What a page is after its server, of which Vite says the address, has been started. */
  async function heard(...args: readonly string[]): Promise<void> {
    // A group of its own, since npm starts others.
    const server = spawn('npm', args, { cwd: project, env, detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
    const page = await browser.newPage()
    const failures: string[] = []
    page.on('pageerror', (error) => failures.push(String(error)))
    page.on('console', (message) => message.type() === 'error' && failures.push(message.text()))
    try {
      let told = ''
      for await (const text of server.stdout) {
        told += text
        if (/http:\S+\/\n/.test(told)) break
      }
      await page.goto(/http:\S+/.exec(told)![0])
      await page.click('text=Listen')
      await page.waitForFunction((count) => [...document.getElementById('vector')!.textContent!].length === count, promised('live'))
      expect(await page.locator('#vector').textContent()).toMatch(/^[▁-█]+$/)
      await page.click('text=Stop')
      await page.getByText('Listen').waitFor()
      expect(failures).toEqual([])
    } finally {
      process.kill(-server.pid!, 'SIGTERM')
      await page.close()
    }
  }

  test('npm start opens a page that shows vectors', () => heard('start', '--', '--host', '127.0.0.1', '--port', '0'))

  test('so does what npm run build has made', async () => {
    await run(project, 'npm', 'run', 'build')
    expect(readFileSync(join(project, 'dist/index.html'), 'utf8')).toContain('<script')
    await heard('exec', '--', 'vite', 'preview', '--host', '127.0.0.1', '--port', '0')
  })
})
