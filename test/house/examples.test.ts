import * as poolwise from 'poolwise'
import * as tensors from 'poolwise/tensors'
import * as rxjs from 'rxjs'
import { describe, expect, test } from 'vitest'
import { modules } from './source.ts'

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
