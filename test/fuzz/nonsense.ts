import type { Draws } from './draws.ts'

/** What JSON can carry and hardly anything expects. */
const jsonValues: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -0,
  1,
  -1,
  0.5,
  1.5,
  3,
  255,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  -(2 ** 53),
  1e21,
  1e308,
  -1e-320,
  '',
  'Infinity',
  '-Infinity',
  'NaN',
  'null',
  '1',
  '10ms',
  '-5s',
  'mean',
  'max',
  '__proto__',
  'constructor',
  'toString',
  'a'.repeat(300),
  '\u0000',
  '\ud800',
  'é😀',
  './x.json',
  '../../../etc/passwd',
  [],
  {},
  [[]],
  [null],
  [1, 2],
  ['mean', 'mean'],
  [1, 'a', {}],
  { toString: 'NaN' },
  { valueOf: 3 },
  { length: 3 },
  { stage: 'globalPool', pooling: 'max' },
  { pooling: 'power', p: 3 },
  JSON.parse('{"__proto__": {"polluted": true}}'),
]

/** What a program can hand over beside that. */
const values: readonly unknown[] = [
  ...jsonValues,
  undefined,
  Number.NaN,
  Infinity,
  -Infinity,
  1n,
  Symbol('s'),
  () => 1,
  new Date(0),
  new Map([[1, 2]]),
  new Float32Array(2),
  new Uint8Array(0),
  Object.create(null),
  /x/,
]

export const nonsense = (draws: Draws): unknown => draws.pick(values)
export const jsonNonsense = (draws: Draws): unknown => structuredClone(draws.pick(jsonValues))

/** Numbers that are near the ends of something. */
export const oddNumber = (draws: Draws): number =>
  draws.pick([0, -1, 1, 0.5, Number.NaN, Infinity, -Infinity, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 1e308, 5e-324, 1e9])

type Parent = Record<string | number, unknown>

/** Every place in a tree of plain data, as what holds it and its key. */
function placesOf(value: unknown, places: (readonly [Parent, string | number])[] = []): (readonly [Parent, string | number])[] {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return places
  for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) {
    places.push([value as Parent, key])
    placesOf((value as Parent)[key], places)
  }
  return places
}

/** A copy of plain data with something in it changed, left out, put in twice or somewhere else; typed arrays are changed within, too. Also says what. */
export function warped<Value>(value: Value, draws: Draws, other: (draws: Draws) => unknown): { value: Value; what: string } {
  const root = { value: structuredClone(value) }
  // What is all of it is changed where nothing is in it.
  const inner = placesOf(root.value)
  const places = inner.length > 0 ? inner : placesOf(root)
  const [parent, key] = draws.pick(places)
  const old = parent[key]
  const what = (how: string) => ({ value: root.value, what: `${String(key)} ${how}` })
  if (ArrayBuffer.isView(old) && draws.chance(0.7)) {
    const array = old as Float64Array
    if (draws.chance(0.3)) {
      parent[key] = array.slice(0, draws.below(array.length + 1))
      return what(`cut to ${(parent[key] as Float64Array).length} of ${array.length}`)
    }
    const [at, number] = [draws.below(array.length), oddNumber(draws)]
    if (array.length > 0) array[at] = number
    return what(`[${at}] = ${number}`)
  }
  if (typeof old === 'number' && draws.chance(0.5)) {
    parent[key] = draws.chance(0.5) ? old + draws.pick([-1, 1, 0.5]) : oddNumber(draws)
    return what(`= ${String(parent[key])}`)
  }
  if (draws.chance(0.2)) {
    if (Array.isArray(parent)) parent.splice(Number(key), 1)
    else delete parent[key]
    return what('left out')
  }
  if (draws.chance(0.2)) {
    const [from, name] = draws.pick(places)
    parent[key] = structuredClone(from[name])
    return what(`as ${String(name)} is`)
  }
  if (draws.chance(0.1)) {
    if (Array.isArray(parent)) parent.push(old)
    else parent[`${String(key)}x`] = old
    return what('twice')
  }
  parent[key] = other(draws)
  return what(`of type ${typeof parent[key]}`)
}
