// Every example that is shown runs: those in docstrings, compared with what they say they give, and the README's programs.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as poolwise from 'poolwise'
import * as tensors from 'poolwise/tensors'
import * as rxjs from 'rxjs'
import { describe, expect, test } from 'vitest'
import { programOf } from '../programs.ts'
import { modules, root } from './source.ts'

interface Example {
  readonly where: string
  readonly code: string
  /** The numbers it says it gives, where it says so. */
  readonly gives: readonly number[] | undefined
}

const public_ = modules.filter(({ path }) => /^src\/(core|streams|stages|learning|tensors)\//.test(path))
const examples: Example[] = public_.flatMap(({ path, text }) =>
  [...text.matchAll(/@example\n((?: \* .*\n)+)/g)].map(([, lines]) => {
    const code = lines!.replaceAll(/^ \* /gm, '').trim()
    const said = /\/\/\s*\[?(−?-?[\d.e, /-]+)\]?$/.exec(code)?.[1]
    const gives = said
      ?.split(',')
      .map((part) => Number(part.includes('/') ? Number(part.split('/')[0]) / Number(part.split('/')[1]) : part))
    return { where: path, code, gives }
  }),
)

/** What an example may take for granted. */
const samples = Float32Array.from({ length: 16000 }, (_, i) => Math.sin(i / 20))

describe('docstrings', () => {
  test('were found', () => expect(examples.length).toBeGreaterThan(30))
  test.each(
    examples
      .filter(({ code }) => !/audioFiles|textFile|from '/.test(code))
      .map((example) => [`${example.where}: ${example.code.split('\n')[0]}`, example] as const),
  )('%s', async (_, { where, code, gives }) => {
    const scope: Record<string, unknown> = {
      ...rxjs,
      ...poolwise,
      ...(where.startsWith('src/tensors') ? tensors : {}),
      samples,
      frames$: rxjs.of(poolwise.frames(new Float32Array(16), { hop: 0.01 })),
    }
    const declared = /^const (\w+)/.exec(code)?.[1]
    if (declared) delete scope[declared]
    const body = code.startsWith('const') ? code : `return (${code.replace(/\s*\/\/.*$/, '')})`
    const value: unknown = new Function(...Object.keys(scope), body)(...Object.values(scope))
    if (!gives) return expect(() => value).not.toThrow()
    const given = rxjs.isObservable(value) ? ((await rxjs.lastValueFrom(value)) as poolwise.Frames).data : value
    const numbers = typeof given === 'number' ? [given] : Array.from(given as ArrayLike<number>)
    expect(numbers.length).toBe(gives.length)
    for (const [i, number] of numbers.entries()) expect(number).toBeCloseTo(gives[i]!, 5)
  })
})

describe('README', () => {
  const programs = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!)
  test('has its two lines and its programs', () => {
    const text = readFileSync(join(root, 'README.md'), 'utf8')
    expect(text).toContain('npm ci && npm start')
    expect(text).toContain('npm ci && npm test')
    expect(programs.length).toBe(7)
  })
  test.each(programs.map((code, i) => [code.split('\n').at(-2)!, i] as const))('%s', (_, i) => {
    const stdout = execFileSync(process.execPath, ['--input-type=module', '-'], {
      cwd: root,
      encoding: 'utf8',
      input: programOf(programs[i]!),
    })
    expect(stdout).toMatch(
      [
        /^(120\n){8}$/,
        /^100\n$/,
        /^Float32Array\(2\) \[ 5, 4 \]\nFloat32Array\(1\) \[ 4.5 \]\n$/,
        /^0 10 3 Float32Array\(2\) \[ 21, 22 \]\n8 s came too late, 1 so far\n10 20 2 Float32Array\(2\) \[ 26, 27 \]\n$/,
        /^Float32Array\(3\) \[ 2.5, 3.5, 4.5 \]\n$/,
        /^(448\n){8}$/,
        /^\[ 2, 4 \]\n$/,
      ][i]!,
    )
  })
})
