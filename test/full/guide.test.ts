// Every example of the guide runs, and prints what the page says; what starts servers or asks a registry is read instead.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { build } from 'esbuild'
import * as poolwise from 'poolwise'
import { pipelineFrom, type Recipe } from 'poolwise/node'
import * as poolings from 'poolwise/poolings'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Block, blocksOf, pages, pageText } from '../house/pages.ts'
import { root } from '../house/source.ts'
import { programOf } from '../programs.ts'

const guide = pages.filter((page) => page.startsWith('guide/')).map((page) => ({ page, blocks: blocksOf(page) }))

/** The blocks of a kind, each with a name that says where it is. */
const those = (chosen: (kind: string) => boolean) =>
  guide.flatMap(({ page, blocks }) =>
    blocks.filter(({ kind }) => chosen(kind)).map((block, i) => [`${page} ${i + 1}`, block, page] as [string, Block, string]),
  )

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'poolwise-guide-'))
  mkdirSync(join(folder, 'bin'))
  writeFileSync(join(folder, 'bin/npx'), `#!/bin/sh\nshift\nexec "${process.execPath}" "${inject('main')}" "$@"\n`, { mode: 0o755 })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** An empty folder with the samples, where a page's lines are run one block after the other. */
function folderOf(page: string): string {
  const at = join(folder, page.replace('/', '-'))
  try {
    mkdirSync(at)
    symlinkSync(join(root, 'samples'), join(at, 'samples'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return at
}

const help = (...args: string[]) => execFileSync(process.execPath, [inject('main'), ...args, '--help'], { encoding: 'utf8' })

test('no block is of a kind that nothing runs or reads', () => {
  const kinds = new Set(guide.flatMap(({ blocks }) => blocks.map(({ kind }) => kind.replace(/ with .*/, ''))))
  // What other programs read is run by test/stores/readers.test.ts; other libraries' code is shown beside ours.
  expect([...kinds].sort()).toEqual(['js', 'js theirs', 'json', 'python', 'python theirs', 'sh', 'sh not-run', 'sql', 'ts', 'ts browser'])
  const elsewhere = guide.filter(({ blocks }) => blocks.some(({ kind }) => /^(js|python|sql)$/.test(kind))).map(({ page }) => page)
  expect(elsewhere).toEqual(['guide/elsewhere.md'])
})

describe('programs', () => {
  test.each(those((kind) => kind === 'ts'))('%s prints what the page says', (_, { code, prints }) => {
    const printed = execFileSync(process.execPath, ['--input-type=module', '-'], { cwd: root, encoding: 'utf8', input: programOf(code) })
    expect(printed).not.toBe('')
    expect(printed).toBe(prints)
  })

  test.each(those((kind) => kind === 'ts browser'))('%s is bundled for a page', async (_, { code }) => {
    await build({
      stdin: { contents: code, resolveDir: root, loader: 'ts' },
      absWorkingDir: root,
      bundle: true,
      write: false,
      platform: 'browser',
      format: 'esm',
      logLevel: 'silent',
    })
  })
})

describe('command lines', () => {
  test.each(those((kind) => /^sh( with .+)?$/.test(kind)))('%s', (_, { kind, code }, page) => {
    const cwd = folderOf(page)
    // A file that the page shows before, under the name that it says.
    const named = / with (\S+)$/.exec(kind)?.[1]
    const shown = blocksOf(page).find(({ kind }) => kind === 'json')
    if (named) writeFileSync(join(cwd, named), shown!.code)
    const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}`, NO_COLOR: '1' }
    execFileSync('bash', ['-euo', 'pipefail', '-c', code], { cwd, env, stdio: 'pipe' })
  })

  test.each(those((kind) => kind === 'sh not-run'))('%s names commands and options that there are', (_, { code }) => {
    const lines = code.split('\n').map((line) => line.replace(/ +# .*$/, ''))
    for (const line of lines) {
      const [, command, rest] = /^npx poolwise (\S+)(.*)$/.exec(line) ?? []
      if (!command) continue
      const text = help(command)
      for (const [option] of rest!.matchAll(/(?<= )--[a-z-]+/g)) expect(text).toContain(option)
    }
  })
})

describe('names of other libraries', () => {
  const rows = [...pageText('guide/coming-from.md').matchAll(/^\| .+ \| (.+) \|$/gm)].map(([, here]) => here!)
  const codes = rows.flatMap((row) => [...row.matchAll(/`([^`]+\))`/g)].map(([, code]) => code!))
  const scope = { ...poolings, ...poolwise, samples: new Float32Array(16000), rate: 16000 }

  test('were found', () => expect(codes.length).toBeGreaterThan(20))
  test.each(codes.filter((code) => !code.includes('tensors')))('%s', (code) => {
    expect(() => new Function(...Object.keys(scope), `return ${code}`)(...Object.values(scope))).not.toThrow()
  })
})

describe('files', () => {
  const schema = JSON.parse(readFileSync(join(root, 'src/pipeline/pipeline.schema.json'), 'utf8')) as object
  const validate = new Ajv({ strict: false }).compile(schema)
  test.each(those((kind) => kind === 'json'))('%s is a pipeline by its schema, and loads', async (_, { code }) => {
    const pipeline = JSON.parse(code) as Recipe
    expect(validate(pipeline)).toBe(true)
    if (!code.includes('"fit"')) await pipelineFrom(pipeline)
  })
})
