// The README as a newcomer follows it: each way in from an empty folder, its lines typed and its files saved, with the packed package for the registry's.
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath, hearing, quiet } from '../chromium.ts'
import { packed } from '../house/packed.ts'
import { type Block, blocksIn, pageText } from '../house/pages.ts'
import { root } from '../house/source.ts'

const readme = pageText('README.md')
/** What stands under each heading. */
const sections = readme
  .split(/^##+ /m)
  .map((text) => ({ name: text.split('\n', 1)[0]!, blocks: blocksIn(text).filter(({ kind }) => kind !== 'sh not-run') }))
  .filter(({ blocks }) => blocks.length > 0)

let [folder, archive] = ['', '']
beforeAll(() => {
  ;({ folder, archive } = packed('readme'))
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }), 60_000)

/** An empty folder, and in it what the README calls the reader's own. */
function begun(): string {
  // Not below the folder of the package, whose modules would be found from there.
  const at = mkdtempSync(`${folder}-`)
  for (const name of ['recordings', 'letters']) mkdirSync(join(at, name))
  for (const [from, to] of [
    ['words/bat-v1.wav', 'bat.wav'],
    ['words/ship-v1.wav', 'ship.wav'],
    ['formats/umbrella-v5.mp3', 'umbrella.mp3'],
  ] as const)
    cpSync(join(root, 'samples/audio', from), join(at, 'recordings', to))
  cpSync(join(root, 'samples/text/letters.txt'), join(at, 'letters/letters.txt'))
  return at
}

const env = { ...process.env, NO_COLOR: '1' }
const typed = (at: string, lines: string) =>
  execFileSync('bash', ['-euo', 'pipefail', '-c', lines.replace('npm install poolwise', `npm install --no-audit --no-fund ${archive}`)], {
    cwd: at,
    encoding: 'utf8',
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })

/** Saves and types what a section shows, in its order; what each line gave. */
function followed(at: string, blocks: readonly Block[]): void {
  if (!blocks.some(({ code }) => code.startsWith('npm install'))) typed(at, 'npm install poolwise rxjs')
  for (const { kind, code, prints } of blocks) {
    const file = kind.split(' ')[1]
    if (file) writeFileSync(join(at, file), code)
    const printed = file?.endsWith('.mjs') ? typed(at, `node ${file}`) : kind === 'sh' ? typed(at, code) : undefined
    if (printed !== undefined && !code.startsWith('npm install')) expect(printed).not.toBe('')
    if (prints !== undefined) expect(printed).toBe(prints)
  }
}

test('it is read in three minutes', () => {
  const lines = readme.split('\n')
  expect(lines.length).toBeLessThan(220)
  expect(lines.filter((line) => line.length > 120)).toEqual([])
  expect(readme).toContain('npm ci && npm start')
  expect(readme).toContain('npm ci && npm test')
})

describe('from an empty folder', () => {
  test.each(sections.map(({ name, blocks }) => [name, blocks] as const))('%s', async (_, blocks) => {
    const at = begun()
    try {
      followed(at, blocks)
      if (blocks.some(({ kind }) => kind.startsWith('html'))) expect(await listened(at)).toBe(40)
      const [pipeline] = blocks.filter(({ kind }) => kind.startsWith('json'))
      if (pipeline) {
        typed(at, `npx poolwise run ${pipeline.kind.split(' ')[1]} recordings --out vectors/`)
        expect(readFileSync(join(at, 'vectors/part-000000.jsonl'), 'utf8').split('\n').length).toBeGreaterThan(2)
        expect(JSON.parse(readFileSync(join(at, JSON.parse(pipeline.code).$schema), 'utf8'))).toHaveProperty('$schema')
      }
    } finally {
      rmSync(at, { recursive: true, force: true })
    }
  })
})

/** Values on the page that Vite serves of a folder, some time after a click. */
async function listened(at: string): Promise<number> {
  const port = await new Promise<number>((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })
  const vite = spawn(process.execPath, [join(at, 'node_modules/vite/bin/vite.js'), '--host', '127.0.0.1', '--port', `${port}`, '--strictPort'], { cwd: at, env })
  await new Promise((resolve) => vite.stdout.once('data', resolve))
  const browser = await chromium.launch({ executablePath: chromiumPath, args: [...quiet, ...hearing()] })
  try {
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${port}/`)
    await page.click('#listen')
    const shown = page.locator('#vector')
    await expect.poll(async () => (await shown.textContent())!.split('\n').length, { timeout: 60_000 }).toBeGreaterThan(1)
    return (await shown.textContent())!.split('\n').filter((value) => Number.isFinite(Number(value))).length
  } finally {
    await browser.close()
    vite.kill()
  }
}
