import { formatTensors, parseTensors } from '../../src/index.ts'
import { readNpy } from '../../src/text.ts'
import { ascii, type Bytes, damaged, joined, lie, written } from './bytewise.ts'
import type { Draws } from './draws.ts'
import { must } from './judge.ts'
import { jsonNonsense, warped } from './nonsense.ts'
import type { Target } from './target.ts'

const kinds = { '<f4': Float32Array, '<f8': Float64Array, '<i4': Int32Array, '|u1': Uint8Array } as const

/** A shape, and as many whole numbers, which every kind holds. */
function arrayOf(draws: Draws) {
  const shape = draws.list(draws.below(4), () => draws.below(4))
  const count = shape.reduce((product, size) => product * size, 1)
  return { shape, values: draws.list(count, () => draws.below(128)) }
}

const sameNumbers = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  a.length === b.length && Array.from(a).every((value, i) => value === b[i])

function npyOf(draws: Draws, shape: string, descr: string, body: Uint8Array): Bytes {
  const order = draws.pick(['False', 'False', 'False', 'True', 'Maybe'])
  const head = ascii(`{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape}), }\n`)
  const length = draws.chance(0.9) ? head.length : lie(draws)
  return joined(ascii('\x93NUMPY\x01\x00'), written(length, 2, true), head, body)
}

export const npy: Target = {
  name: 'npy',
  says: /^readNpy: /,
  open: () => (draws, note) => {
    const { shape, values } = arrayOf(draws)
    const descr = draws.pick(Object.keys(kinds) as (keyof typeof kinds)[])
    const body = new Uint8Array(kinds[descr].from(values).buffer)
    if (draws.chance(0.2)) {
      const head = ascii(
        `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }\n`,
      )
      const found = readNpy(joined(ascii('\x93NUMPY\x01\x00'), written(head.length, 2, true), head, body))
      must(
        sameNumbers(found.data, values) && sameNumbers(found.shape, shape),
        () => `${found.shape}: ${found.data}, not ${shape}: ${values}`,
      )
      return
    }
    const claimed = draws.chance(0.5)
      ? shape.map(String)
      : draws.list(draws.below(40), () => draws.pick(['0', '1', '2', '1000', '9'.repeat(20), '4294967296', ' ', '-1', '1e3']))
    const made = npyOf(
      draws,
      claimed.join(','),
      draws.chance(0.8) ? descr : draws.pick(['>f4', '=f8', '|O8', '<f2', '<c8', '<i8', '|b1']),
      body,
    )
    const input = draws.chance(0.6) ? damaged(made, draws) : made
    note(`shape (${claimed.join(',')}) of ${descr}`)
    const found = readNpy(input)
    const count = found.shape.reduce((product, size) => product * size, 1)
    must(found.data.length === count && found.data.length <= input.length, () => `${found.data.length} numbers of shape ${found.shape}`)
  },
}

const header = (value: unknown, body: Uint8Array, lied?: number): Bytes => {
  const json = new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
  return joined(written(lied ?? json.length, 8, true), json, body)
}

export const safetensors: Target = {
  name: 'safetensors',
  says: /^a file: /,
  open: () => (draws, note) => {
    const arrays = draws.list(draws.below(4), (i) => [draws.pick(['w', 'a.b', '', '__proto__', 'é']) + i, arrayOf(draws)] as const)
    const tensors = new Map(
      arrays.map(([key, { shape, values }]) => [
        key,
        { shape, data: draws.chance(0.5) ? Float32Array.from(values) : Float64Array.from(values) },
      ]),
    )
    const bytes = Uint8Array.from(formatTensors({ name: 'a file', tensors, metadata: new Map([['k', 'v']]) }))
    if (draws.chance(0.2)) {
      const found = parseTensors(bytes, 'a file')
      must(found.tensors.size === tensors.size, () => `${found.tensors.size} tensors of ${tensors.size}`)
      for (const [key, { shape, data }] of tensors) {
        const one = found.tensors.get(key)
        must(!!one && sameNumbers(one.shape, shape) && sameNumbers(one.data, data), () => `tensor ${key} is another`)
      }
      return
    }
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true))
    const parsed = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as unknown
    const { value, what } = warped(parsed, draws, jsonNonsense)
    note(what)
    const made = draws.chance(0.6)
      ? header(value, bytes.subarray(8 + length), draws.chance(0.1) ? lie(draws) : undefined)
      : damaged(bytes, draws)
    const found = parseTensors(made, 'a file')
    for (const [key, { shape, data }] of found.tensors) {
      const count = shape.reduce((product, size) => product * size, 1)
      must(data.length === count && data.length <= made.length, () => `tensor ${key}: ${data.length} numbers of shape ${shape}`)
    }
  },
}
