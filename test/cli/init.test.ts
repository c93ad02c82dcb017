import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type KindName, kinds } from '../../src/cli/projects.ts'
import { manifest } from '../house/packed.ts'
import { installed } from '../programs.ts'
import { command, env } from './outside.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolwise-init-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const names = Object.keys(kinds) as KindName[]

/** A folder to start in, that is empty. */
const empty = () => mkdtempSync(join(folder, 'in-'))
const filesIn = (path: string) =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .sort()

function init(cwd: string, ...args: string[]): { code: number | null; out: string; err: string } {
  const [node, main] = command
  const { status, stdout, stderr } = spawnSync(node, [main, 'init', ...args], { cwd, env, encoding: 'utf8' })
  return { code: status, out: stdout, err: stderr }
}

describe.each(names)('init %s', (name) => {
  const cwd = empty()
  const project = join(cwd, `poolwise-${name}`)
  const text = (path: string) => readFileSync(join(project, path), 'utf8')
  let written: ReturnType<typeof init>
  beforeAll(() => {
    written = init(cwd, name)
  })
  const program = readdirSync(join('src/cli/templates', name)).find((path) => path.endsWith('.ts'))!

  test('says what it wrote, and what to type', () => {
    const { code, out, err } = written
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(readdirSync(cwd)).toEqual([`poolwise-${name}`])
    expect(/^Wrote to \S+: (.*)\n/.exec(out)?.[1]?.split(', ').sort()).toEqual(filesIn(project))
    expect(out).toMatch(new RegExp(`\n {2}cd poolwise-${name} && npm install && npm start\n$`))
  })

  test('is short', () => {
    expect(text(program).trimEnd().split('\n').length).toBeLessThanOrEqual(40)
    expect(text('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(15)
    expect(filesIn(project).filter((path) => path.endsWith('.ts'))).toEqual([program])
  })

  test('has the versions that poolwise has, of all that it imports', () => {
    const { dependencies, devDependencies, scripts } = JSON.parse(text('package.json'))
    const { poolwise, ...others } = { ...dependencies, ...devDependencies }
    expect(poolwise).toBe(manifest.version)
    expect(others).toEqual(Object.fromEntries(Object.keys(others).map((other) => [other, manifest.devDependencies[other]])))
    for (const version of Object.values(others)) expect(version).toMatch(/^\d/)
    const imported = [...text(program).matchAll(/from '([^'/]+)/g)].map(([, other]) => other!)
    expect(imported).toContain('poolwise')
    for (const other of imported) expect(Object.keys(dependencies)).toContain(other)
    expect(Object.keys(scripts)).toContain('start')
    for (const [, script] of text('README.md').matchAll(/npm (?:run )?(start|build|check)/g)) expect(Object.keys(scripts)).toContain(script)
  })
})

describe('where to', () => {
  test('into the folder that one is in, if it is empty', () => {
    const cwd = empty()
    const { code, out } = init(cwd, 'stream', '.')
    expect(code).toBe(0)
    expect(out).toMatch(/\n {2}npm install && npm start\n$/)
    expect(readdirSync(cwd)).toContain('package.json')
  })

  test('a name that a shell would take apart is quoted', () => {
    const { out } = init(empty(), 'stream', "below/it's mine")
    const line = out.trimEnd().split('\n').at(-1)!.split(' && ')[0]!
    const cwd = empty()
    mkdirSync(join(cwd, "below/it's mine"), { recursive: true })
    expect(spawnSync('sh', ['-c', `${line} && pwd`], { cwd, encoding: 'utf8' }).stdout).toMatch(/below\/it's mine\n$/)
  })

  test.each([
    ['a folder that holds something', 'full', ', which holds "notes.txt"'],
    ['a file', 'full/notes.txt', ' (ENOTDIR'],
  ])('%s is refused, and stays as it is', (_, to, why) => {
    const cwd = empty()
    mkdirSync(join(cwd, 'full'))
    writeFileSync(join(cwd, 'full/notes.txt'), 'mine')
    const { code, out, err } = init(cwd, 'live', to)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(`error: init: expected a folder that is missing or empty, got "${to}"${why}`)
    expect(filesIn(cwd)).toEqual(['full/notes.txt'])
  })

  test('where a file cannot be written, nothing is left', () => {
    const cwd = empty()
    // Paths have at most 4095 bytes: there is room for the folder and the first of its files, and none for sounds/high.wav.
    const room = 4095 - cwd.length - '/package.json'.length
    const parts = Array.from({ length: Math.floor(room / 200) }, () => 'd'.repeat(199))
    const to = [...parts, 'd'.repeat(room - 200 * parts.length - 1)].join('/')
    const { code, out, err } = init(cwd, 'files', join(cwd, to))
    expect({ code, out }).toEqual({ code: 3, out: '' })
    expect(err).toMatch(/^error: init: expected to write into ".*"…, got ENAMETOOLONG: .*\/sounds\/high\.wav'/)
    expect(readdirSync(cwd)).toEqual([])
  })
})

describe('which kind', () => {
  test('one that there is not is refused', () => {
    const { code, err } = init(folder, 'lvie')
    expect(code).toBe(2)
    expect(err).toContain('error: init: kind must be one of live, files, text, stream, got "lvie"; did you mean "live"?')
  })

  test('without a terminal they are listed', () => {
    const cwd = empty()
    const { code, out, err } = init(cwd)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    for (const name of names) expect(err).toMatch(new RegExp(`^ +\\d +${name} +${kinds[name].about}$`, 'm'))
    expect(readdirSync(cwd)).toEqual([])
  })

  /** What is shown on a terminal on which this is typed once it asks. */
  async function typed(cwd: string, keys: string): Promise<{ code: number | null; shown: string }> {
    const line = [...command, 'init'].map((part) => `'${part}'`).join(' ')
    const child = spawn('script', ['-qec', line, '/dev/null'], { cwd, env, timeout: 30_000 })
    let shown = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      if (shown === '') child.stdin.write(keys)
      shown += text
    })
    const [code] = await once(child, 'close')
    return { code, shown: shown.replaceAll('\r', '') }
  }

  describe.skipIf(!installed('script'))('on a terminal', () => {
    test.each([
      ['a number', '4\n'],
      ['a name', 'stream\n'],
      ['something else, then a number', 'sound\n9\n\n4\n'],
    ])('it is asked for: %s', async (_, keys) => {
      const cwd = empty()
      const { code, shown } = await typed(cwd, keys)
      expect(code).toBe(0)
      expect(shown).toMatch(/1 +live .*\n.*2 +files .*\n.*3 +text .*\n.*4 +stream .*\n\n1 to 4: /)
      expect(shown.match(/1 to 4: /g)?.length).toBe(keys.split('\n').length - 1)
      expect(existsSync(join(cwd, 'poolwise-stream/package.json'))).toBe(true)
    })

    test.each([
      ['Ctrl-D', '\x04', 2],
      ['Ctrl-C', '\x03', 130],
    ])('%s is no answer, and nothing is written', async (_, keys, expected) => {
      const cwd = empty()
      const { code, shown } = await typed(cwd, keys)
      expect(code).toBe(expected)
      expect(shown).toContain('1 to 4: ')
      expect(readdirSync(cwd)).toEqual([])
    })
  })
})
