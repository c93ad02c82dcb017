// What nobody should hand to a function, and somebody does. Each is made anew, so that no call can spoil it for the next.

const thrower = () => {
  throw new RangeError('Invalid array length')
}
/** An error of the user's own, which passes through where functions of the user's are called. */
export const own: Error = new Error('mine')
const complaining = () => {
  throw own
}
const everyTrap = new Proxy({}, { get: () => thrower })

function cyclic(): object {
  const self: { self?: object; list?: unknown[] } = {}
  self.self = self
  self.list = [self]
  return self
}

function detached(): ArrayBuffer {
  const buffer = new ArrayBuffer(16)
  structuredClone(buffer, { transfer: [buffer] })
  return buffer
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

function throwing(...keys: string[]): object {
  const object = {}
  for (const key of keys) Object.defineProperty(object, key, { get: thrower, enumerable: true })
  return object
}

function deep(): unknown {
  let value: unknown = []
  for (let i = 0; i < 20_000; i++) value = [value]
  return value
}

/** Few objects that would be 2³⁰ if they were written out. */
function wide(): unknown {
  let value: object = {}
  for (let i = 0; i < 30; i++) value = { a: value, b: value }
  return value
}

class Odd {
  length = 3
  #secret = 1
  get data(): number {
    return this.#secret
  }
}

export const nonsense: ReadonlyMap<string, () => unknown> = new Map<string, () => unknown>([
  ['undefined', () => undefined],
  ['null', () => null],
  ['true', () => true],
  ['NaN', () => Number.NaN],
  ['Infinity', () => Infinity],
  ['-Infinity', () => -Infinity],
  ['-0', () => -0],
  ['0', () => 0],
  ['-1', () => -1],
  ['1.5', () => 1.5],
  ['2^53', () => 2 ** 53],
  ['2^31', () => 2 ** 31],
  ['1e308', () => 1e308],
  ['5e-324', () => 5e-324],
  ['an empty string', () => ''],
  ['x', () => 'x'],
  ['2', () => '2'],
  ['__proto__', () => '__proto__'],
  ['constructor', () => 'constructor'],
  ['half a character', () => '\ud800'],
  ['a long string', () => 'ab'.repeat(50_000)],
  ['a symbol', () => Symbol('s')],
  ['a bigint', () => 2n ** 70n],
  ['a function', () => () => 0],
  ['a throwing function', () => complaining],
  ['a class', () => Odd],
  ['an instance', () => new Odd()],
  ['an object', () => ({})],
  ['x: 1', () => ({ x: 1 })],
  ['an object without prototype', () => Object.create(null)],
  ['a cycle', cyclic],
  ['deep', deep],
  ['wide', wide],
  ['toString throws', () => ({ toString: thrower, valueOf: thrower, toJSON: thrower, [Symbol.toPrimitive]: thrower })],
  ['toString is a number', () => ({ toString: 1, valueOf: 1 })],
  ['toJSON of nothing', () => ({ toJSON: () => undefined })],
  ['getters throw', () => throwing('length', 'data', 'shape', 'dims', 'layout', 'spec', 'plan', 'size', 'rate', 'bins', 'id', 'frames', 'error')],
  ['a proxy that throws', () => new Proxy({}, everyTrap)],
  ['a function proxy that throws', () => new Proxy(() => 0, everyTrap)],
  ['a revoked proxy', revoked],
  ['frozen', () => Object.freeze({ a: Object.freeze([1]) })],
  ['an empty list', () => []],
  ['[1, "a"]', () => [1, 'a']],
  ['[undefined]', () => [undefined]],
  ['[null]', () => [null]],
  ['[symbol]', () => [Symbol('s')]],
  ['[bigint]', () => [1n]],
  ['[[1]]', () => [[1]]],
  ['holes', () => { const list = [1, 2, 3]; delete list[1]; return list }],
  ['a list of 2^32 − 1 holes', () => new Array(2 ** 32 - 1)],
  ['a cyclic list', () => { const list: unknown[] = []; list.push(list); return list }],
  ['length 2^53', () => ({ length: 2 ** 53 })],
  ['length 2^40', () => ({ length: 2 ** 40, 0: 1 })],
  ['length -1', () => ({ length: -1 })],
  ['length "2"', () => ({ length: '2' })],
  ['length NaN', () => ({ length: Number.NaN })],
  ['a Float32Array', () => new Float32Array(3)],
  ['a Uint8Array', () => new Uint8Array(3)],
  ['a BigInt64Array', () => new BigInt64Array(2)],
  ['a Float64Array of nothing', () => new Float64Array(0)],
  ['a detached array', () => { const array = new Float32Array(4); structuredClone(array.buffer, { transfer: [array.buffer] }); return array }],
  ['a DataView', () => new DataView(new ArrayBuffer(8))],
  ['an ArrayBuffer', () => new ArrayBuffer(8)],
  ['a detached buffer', detached],
  ['a SharedArrayBuffer', () => new SharedArrayBuffer(8)],
  ['a promise', () => Promise.resolve(1)],
  ['a rejection', () => { const no = Promise.reject(new Error('no')); no.catch(() => {}); return no }],
    ['a date', () => new Date(0)],
  ['no date', () => new Date(Number.NaN)],
  ['a regular expression', () => /x/],
  ['a Map', () => new Map([['a', 1]])],
  ['a Set', () => new Set([1])],
  ['a WeakMap', () => new WeakMap()],
  ['an error', () => new Error('no')],
  ['a boxed number', () => Object(2)],
  ['a boxed string', () => Object('max')],
  ['a generator', () => (function* () { yield 1 })()],
  ['an iterator that throws', () => ({ [Symbol.iterator]: complaining, [Symbol.asyncIterator]: complaining })],
  ['a url', () => new URL('file:///x')],
  ['no tensor', () => ({ data: [1, 2], shape: [-1] })],
  ['a tensor of strings', () => ({ data: ['a', {}], shape: [1, 2, 1] })],
  ['a tensor of symbols', () => ({ data: [Symbol('s'), 1], shape: [1, 2, 1] })],
  ['a huge tensor', () => ({ data: { length: 2 ** 40 }, shape: [2 ** 20, 2 ** 20] })],
  ['a tensor with strides', () => ({ data: [1, 2], shape: [1, 2, 1], stride: ['a', null], offset: -1e9 })],
  ['a huge tensor with strides', () => ({ data: [1, 2], shape: [2 ** 20, 2 ** 20], stride: [1, 1] })],
  ['a tensor that throws', () => ({ shape: [1, 2, 1], dataSync: complaining })],
  ['a layout of nothing', () => ({ layout: {} })],
  ['a layout without a clock', () => ({ planes: 1, bins: 1, channels: 1, names: { planes: [''], bins: [''], channels: [''] } })],
  ['frames without names', () => ({ layout: { planes: 1, bins: 1, channels: 1, clock: {} }, start: 0, length: 1, data: new Float32Array(1) })],
  ['frames of length 1.5', () => ({ ...block(), length: 1.5 })],
  ['frames of length "2"', () => ({ ...block(), length: '2' })],
  ['frames of start NaN', () => ({ ...block(), start: Number.NaN })],
  ['frames of weights that are a list', () => ({ ...block(), weights: [1, 1] })],
  ['frames of spans that are none', () => ({ ...block(), spans: 'xxxx' })],
  ['frames of marks that are none', () => ({ ...block(), boundaries: 'ab' })],
  ['frames of 2^53 lanes', () => ({ ...block(), layout: { ...block().layout, bins: 2 ** 53 } })],
  ['frames of half a lane', () => ({ ...block(), layout: { ...block().layout, bins: 0.5 }, data: new Float32Array(1) })],
  ['no stage', () => ({ stage: 'x', plan() {} })],
  ['a stage without a plan', () => ({ spec: { stage: 'x' }, plan: () => undefined })],
  ['a stage of a symbol', () => ({ spec: Symbol('s'), plan: () => ({}) })],
  ['no pooling', () => ({ bind() {}, spec: 'max' })],
  ['a pooling of a cycle', () => ({ pooling: 'power', p: cyclic() })],
  ['a spec', () => ({ pooling: 'power', p: 'x' })],
  ['no sequence', () => ({ id: 'a', frames: 3 })],
  ['a failure of nothing', () => ({ id: 1, error: undefined })],
  ['no observable', () => ({ subscribe: 1, pipe: thrower })],
]) // biome-ignore format: a table

/** Two frames of one value. */
function block() {
  return {
    layout: {
      planes: 1,
      bins: 1,
      channels: 1,
      clock: { unit: 'second', start: 0, hop: 0.01, span: 0.01 },
      names: { planes: [''], bins: [''], channels: [''] },
    },
    start: 0,
    length: 2,
    data: new Float32Array(2),
  }
}
