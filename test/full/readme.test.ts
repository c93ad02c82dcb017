// The README as a newcomer follows it: each way in from an empty folder, its lines typed and its files saved, with the packed package for the registry's.
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import * as poolwise from 'poolwise'
import * as poolings from 'poolwise/poolings'
import { poolTokens } from 'poolwise/tensors'
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

let [folder, archive, first] = ['', '', '']
beforeAll(() => {
  ;({ folder, archive } = packed('readme'))
  first = begun()
  typed(first, 'npm install poolwise rxjs')
}, 240_000)
const folders: string[] = []
afterAll(() => {
  for (const path of [folder, ...folders]) rmSync(path, { recursive: true, force: true })
}, 60_000)

/** An empty folder, and in it what the README calls the reader's own. */
function begun(): string {
  // Not below the package's own folder, which npm would take for the project.
  const at = mkdtempSync(`${folder}-`)
  folders.push(at)
  for (const name of ['recordings', 'letters']) mkdirSync(join(at, name))
  for (const name of ['bat', 'ship']) cpSync(join(root, `samples/audio/words/${name}-v1.wav`), join(at, `recordings/${name}.wav`))
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

/** Saves and types what a section shows, in its order. */
function followed(at: string, blocks: readonly Block[]): void {
  for (const { kind, code, prints } of blocks) {
    const file = kind.split(' ')[1]
    if (file) writeFileSync(join(at, file), code)
    if (code.includes('@audio/decode-mp3')) cpSync(join(root, 'samples/audio/formats/umbrella-v5.mp3'), join(at, 'recordings/umbrella.mp3'))
    if (kind !== 'sh' && !file?.endsWith('.mjs')) continue
    const printed = typed(at, kind === 'sh' ? code : `node ${file}`)
    expect(printed).not.toBe('')
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
    const at = blocks.some(({ code }) => code.startsWith('npm install')) ? begun() : first
    followed(at, blocks)
    if (blocks.some(({ kind }) => kind.startsWith('html'))) expect(await listened(at)).toBe(40)
    for (const { kind, code } of blocks.filter(({ kind }) => kind.startsWith('json'))) {
      // A head, a row a recording, and what follows the last newline.
      expect(typed(at, `npx poolwise run ${kind.split(' ')[1]} recordings`).split('\n')).toHaveLength(4)
      expect(typed(at, `npx poolwise explain run ${kind.split(' ')[1]}`)).toContain('globalPool')
      expect(JSON.parse(readFileSync(join(at, JSON.parse(code).$schema), 'utf8'))).toHaveProperty('$schema')
    }
  })
})

describe('what is named in a line', () => {
  const tensor = (shape: number[]) => ({
    data: new Float32Array(2).fill(1).subarray(
      0,
      shape.reduce((a, b) => a * b),
    ),
    shape,
  })
  const scope = {
    ...poolings,
    ...poolwise,
    poolTokens,
    rate: 16000,
    y: new Float32Array(16000),
    output: tensor([1, 1, 2]),
    mask: tensor([1, 1]),
  }
  const codes = [...readme.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/`((\w+)\(.*?\))`/g)]
    .filter(([, code, name]) => name! in scope && !code!.includes('{ tensors'))
    .map(([, code]) => code!)
  test('was found', () => expect(codes.length).toBeGreaterThan(12))
  test.each(codes)('%s', (code) => {
    expect(() => new Function(...Object.keys(scope), `return ${code}`)(...Object.values(scope))).not.toThrow()
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
  const vite = spawn(
    process.execPath,
    [join(at, 'node_modules/vite/bin/vite.js'), '--host', '127.0.0.1', '--port', `${port}`, '--strictPort'],
    { cwd: at, env },
  )
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
