// A saved state is plain data that somebody keeps: on disk, in a database, on its way to another machine. Whatever becomes of it there, it goes on to the bit or is refused.
import { isDeepStrictEqual } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import fc from 'fast-check'
import {
  adaptivePool1d,
  blocks,
  chain,
  type Frames,
  frames,
  globalPool,
  log,
  open,
  pool1d,
  quantile,
  type Saved,
  type Stage,
} from 'poolwise'
import * as poolings from 'poolwise/poolings'
import { expect, test } from 'vitest'
import type { PoolingLike } from '../../src/poolings/named.ts'
import { drawn } from '../drawn.ts'
import { everyStage } from './everyStage.ts'
import { said } from './laws.ts'

const rows = frames(
  Float32Array.from({ length: 36 }, (_, i) => Math.abs(Math.sin(i))),
  { bins: 3, hop: 0.01, boundaries: Array.from({ length: 12 }, (_, i) => Number(i % 4 === 1)) },
)

/** A pooling by its name, or its example where it must be given something. */
const pooling = (name: string): PoolingLike => {
  const { example } = { ...poolings }[name as 'mean'] as { readonly example?: PoolingLike }
  return example ?? (name as PoolingLike)
}

const cases: readonly (readonly [name: string, stage: Stage, input: Frames])[] = [
  ...[...everyStage].map(([name, { make, args, input }]) => [name, make(...args), input] as const),
  ...Object.keys(poolings).flatMap((name) =>
    [globalPool(pooling(name)), pool1d(pooling(name), { size: 6, stride: 2 }), adaptivePool1d(pooling(name), { count: 2 })]
      .filter((stage) => takes(stage, rows))
      .map((stage) => [`${stage.spec.stage} of ${name}`, stage, rows] as const),
  ),
  ['a chain', chain(log(), pool1d(['stats', quantile({ error: 0.1 })], { size: 3 }), globalPool('max')), rows],
]

function takes(stage: Stage, { layout }: Frames): boolean {
  try {
    stage.plan(layout)
    return true
  } catch {
    return false
  }
}

/** What stands somewhere in plain data, and how to put another thing there. */
interface Place {
  readonly holder: { [key: string]: unknown }
  readonly key: string
}

function places(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return []
  const holder = value as { [key: string]: unknown }
  return Object.keys(value)
    .filter((key) => !ArrayBuffer.isView(value) || Number(key) % 7 === 0)
    .flatMap((key) => [{ holder, key }, ...places(holder[key])])
}

const cycle: { self?: unknown } = {}
cycle.self = cycle
const others: readonly unknown[] = [
  0,
  -0,
  1,
  -1,
  0.5,
  2 ** 53,
  1e308,
  Infinity,
  -Infinity,
  Number.NaN,
  '',
  '-Infinity',
  '7',
  null,
  undefined,
  true,
  7n,
  [],
  {},
  cycle,
]
const hostile: readonly unknown[] = [...others, () => 0, Symbol('s'), new Proxy({}, { get: () => { throw new RangeError('Invalid array length') } })] // biome-ignore format: lists
const change: fc.Arbitrary<(place: Place) => void> = fc.oneof(
  fc.constantFrom(...others).map((other) => ({ holder, key }: Place) => {
    // A place in an array of numbers takes numbers alone.
    if (!ArrayBuffer.isView(holder)) holder[key] = other
    else if (typeof other === 'number') holder[key] = other
  }),
  fc.constant(({ holder, key }: Place) => {
    if (ArrayBuffer.isView(holder)) new Uint8Array(holder.buffer, holder.byteOffset)[Number(key)]! ^= 1
    else delete holder[key]
  }),
  fc.constant(({ holder, key }: Place) => {
    const list = holder[key]
    if (ArrayBuffer.isView(list)) holder[key] = (list as Float64Array).slice(0, -1)
    else if (Array.isArray(list)) holder[key] = [...list, ...list, 0]
    else if (typeof list === 'number') holder[key] = list + 1
    else if (typeof list === 'string') holder[key] = `${list} `
  }),
)

test.each(cases)('%s: a state that was changed is refused, one that was kept goes on', (_, stage, input) => {
  const { length: _length, ...endless } = input.layout
  for (const layout of [input.layout, ...(takes(stage, { ...input, layout: endless }) ? [endless] : [])]) {
    const whole = open(stage, layout)
    const parts = [...blocks(input, Math.ceil(input.length / 3))].map((part) => ({ ...part, layout }))
    const before = parts.map((part) => said(whole.push(part)))
    const end = said(whole.close())
    const half = open(stage, layout)
    half.push(parts[0]!)
    const saved = half.save()
    const kept = serialize(saved)
    for (const copy of [saved, structuredClone(saved), deserialize(kept) as Saved]) {
      const machine = open(stage, layout, copy)
      expect([...parts.slice(1).map((part) => said(machine.push(part))), said(machine.close())]).toEqual([...before.slice(1), end])
    }
    expect(serialize(saved).equals(kept)).toBe(true)

    const who = new RegExp(`^${stage.spec.stage}: saved state must be `)
    const refused = (state: unknown) => expect(() => open(stage, layout, state as Saved)).toThrow(who)
    refused(JSON.parse(JSON.stringify({ ...saved, state: [saved.state, rows.data] })))
    for (const other of hostile) if (other !== undefined) refused(other)
    fc.assert(
      fc.property(fc.nat(), change, (n, spoil) => {
        const copy = structuredClone(saved)
        const all = places(copy)
        spoil(all[n % all.length]!)
        if (!isDeepStrictEqual(copy, saved)) refused(copy)
      }),
      drawn(30),
    )
  }
})

test('a state weighs what it holds', () => {
  const two = frames(new Float32Array(32).fill(3.5), { bins: 16, hop: 0.01 })
  const { length: _, ...endless } = two.layout
  for (const layout of [two.layout, endless]) {
    for (const make of [globalPool, (like: PoolingLike) => adaptivePool1d(like, { count: 6 })]) {
      const machine = open(make({ pooling: 'quantile', q: 0.5, error: 0.01 }), layout)
      machine.push({ ...two, layout })
      const saved = machine.save()
      expect(serialize(saved).length).toBeLessThan(10_000)
      const other = open(make({ pooling: 'quantile', q: 0.5, error: 0.01 }), layout, saved)
      expect(said(other.close())).toEqual(said(machine.close()))
    }
  }
  // A slice of much, held until the end, is saved as the little that it is.
  const much = frames(new Float32Array(1e6), { hop: 0.01 })
  const { length: __, ...unknown } = much.layout
  const machine = open(globalPool('quantile'), unknown)
  const [first] = blocks(much, 100)
  machine.push({ ...first!, layout: unknown })
  expect(serialize(machine.save()).length).toBeLessThan(5000)
})
