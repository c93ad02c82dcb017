// What an engine says of itself: this module is bundled once, and every engine loads the same file.
import { kernelsReady } from 'poolwise'
import { answer } from '../conformance/answer.ts'
import { difference, readCases, tolerances } from '../conformance/cases.ts'
import { Bits } from './bits.ts'
import { functionValues } from './functions.ts'
import { allParts } from './parts.ts'

/** The golden files' texts by their names, put here by the bundler. */
declare const golden: { readonly [name: string]: string }

type Hashes = { readonly [name: string]: string }

export interface Report {
  /** Whether compiled kernels ran. */
  readonly kernels: boolean
  /** Of all outputs of all parts. */
  readonly hash: string
  /** Of each part's outputs. */
  readonly outputs: Hashes
  /** Of what its machines remember half way, by 'state of ' and its name. */
  readonly states: Hashes
  /** Of the engine's own functions. */
  readonly functions: Hashes
  readonly golden: { readonly right: number; readonly wrong: readonly string[] }
  /** The numbers of what was asked for, so that a difference can be measured; what JSON has no word for as texts. */
  readonly numbers: { readonly [name: string]: readonly { readonly single: boolean; readonly values: readonly (number | string)[] }[] }
}

export async function report(asked: readonly string[] = []): Promise<Report> {
  const kernels = await kernelsReady()
  const all = await allParts()
  const functions = new Map(
    Object.entries(functionValues()).map(([name, values]) => {
      const bits = new Bits()
      bits.add(values)
      return [`Math.${name}`, bits]
    }),
  )
  const outputs = Object.fromEntries([...all].map(([name, part]) => [name, part.outputs.hash]))
  const bits = new Bits()
  bits.add(outputs)
  const bitsOf = (name: string) => functions.get(name) ?? all.get(name)?.outputs ?? all.get(name.replace(/^state of /, ''))!.states
  const numbersOf = (name: string) =>
    bitsOf(name).numbers.map((values) => ({
      single: values instanceof Float32Array,
      values: Array.from(values, (x) => (Number.isFinite(x) && !Object.is(x, -0) ? x : Object.is(x, -0) ? '-0' : String(x))),
    }))
  return {
    kernels,
    hash: bits.hash,
    outputs,
    states: Object.fromEntries([...all].map(([name, part]) => [`state of ${name}`, part.states.hash])),
    functions: Object.fromEntries([...functions].map(([name, { hash }]) => [name, hash])),
    golden: await answered(),
    numbers: Object.fromEntries(asked.map((name) => [name, numbersOf(name)])),
  }
}

/** The reference cases, each within its tolerance, as conformance/golden.test.ts has them. */
async function answered(): Promise<Report['golden']> {
  const wrong: string[] = []
  let right = 0
  for (const one of Object.values(golden).flatMap(readCases)) {
    const given = await answer(one)
    if (!given) continue
    const [atol, rtol] = tolerances(one)
    const good =
      'error' in given
        ? one.refused
        : !one.refused && Object.entries(one.outputs).every(([name, expected]) => !difference(given.out[name], expected, atol, rtol))
    if (good) right++
    else wrong.push(`${one.suite} ${one.id}`)
  }
  return { right, wrong }
}
