import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type FileTensor, formatTensors, parseTensors, type TensorFile, tensorOf } from '../../src/files/safetensors.ts'

/** A file with this header, and these bytes after it. */
function file(header: unknown, data: ArrayLike<number> = [], length?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + json.length + data.length)
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(json.length), true)
  bytes.set(json, 8)
  bytes.set(data, 8 + json.length)
  return bytes
}

const parse = (header: unknown, data?: ArrayLike<number>, length?: bigint) => parseTensors(file(header, data, length), 'file')
const entry = (dtype: string, shape: number[], begin: number, end: number) => ({ dtype, shape, data_offsets: [begin, end] })

function weights(tensors: [string, FileTensor][], metadata: [string, string][] = []): TensorFile {
  return { name: 'file', tensors: new Map(tensors), metadata: new Map(metadata) }
}

test('what is written is read, whatever its names', () => {
  const shape = fc.array(fc.nat(3), { maxLength: 3 })
  const tensor = fc
    .tuple(shape, fc.boolean(), fc.array(fc.double(), { minLength: 27, maxLength: 27 }))
    .map(([shape, wide, values]): FileTensor => {
      const count = shape.reduce((product, n) => product * n, 1)
      return { shape, data: wide ? Float64Array.from(values.slice(0, count)) : Float32Array.from(values.slice(0, count)) }
    })
  const name = fc
    .oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toString', '1', 'é'))
    .filter((key) => key !== '__metadata__')
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(name, tensor), { maxLength: 5, selector: ([key]) => key }),
      fc.uniqueArray(fc.tuple(name, fc.string()), { maxLength: 3, selector: ([key]) => key }),
      (tensors, metadata) => {
        const bytes = formatTensors(weights(tensors, metadata))
        const read = parseTensors(bytes, 'file')
        expect(read.tensors).toEqual(new Map(tensors))
        expect(read.metadata).toEqual(new Map(metadata))
        // From the middle of a buffer too.
        const shifted = new Uint8Array(bytes.length + 3)
        shifted.set(bytes, 3)
        expect(parseTensors(shifted.subarray(3), 'file')).toEqual(read)
      },
    ),
  )
})

test('numbers begin at a multiple of 8', () => {
  for (const name of ['a', 'ab', 'abc', 'é']) {
    const bytes = formatTensors(weights([[name, { shape: [1], data: Float64Array.of(1) }]]))
    expect(new DataView(bytes.buffer).getUint32(0, true) % 8).toBe(0)
  }
})

test('integers of all lengths keep their values', () => {
  const numbers = (dtype: string, from: ArrayBufferView) => [
    ...parse({ x: entry(dtype, [2], 0, from.byteLength) }, new Uint8Array(from.buffer)).tensors.get('x')!.data,
  ]
  expect(numbers('I8', Int8Array.of(-128, 127))).toEqual([-128, 127])
  expect(numbers('U8', Uint8Array.of(0, 255))).toEqual([0, 255])
  expect(numbers('I16', Int16Array.of(-32768, 32767))).toEqual([-32768, 32767])
  expect(numbers('U16', Uint16Array.of(0, 65535))).toEqual([0, 65535])
  expect(numbers('I32', Int32Array.of(-(2 ** 31), 2 ** 31 - 1))).toEqual([-(2 ** 31), 2 ** 31 - 1])
  expect(numbers('U32', Uint32Array.of(2 ** 24 + 1, 2 ** 32 - 1))).toEqual([2 ** 24 + 1, 2 ** 32 - 1])
})

describe('numbers of two bytes', () => {
  const numbers = (dtype: string, ...words: number[]) => {
    const data = new Uint8Array(Uint16Array.from(words).buffer)
    return [...parse({ x: entry(dtype, [words.length], 0, data.length) }, data).tensors.get('x')!.data]
  }
  // IEEE 754 binary16: 0x3555 is the nearest to 1/3, 0x7bff the largest, 0x0400 the smallest normal, 0x0001 the smallest of all.
  test('float16', () => {
    expect(numbers('F16', 0x3c00, 0xc000, 0x3555, 0x7bff, 0x0400, 0x0001, 0x8000, 0x7c00, 0xfc00, 0x7e00)).toEqual([
      1,
      -2,
      0.333251953125,
      65504,
      2 ** -14,
      2 ** -24,
      -0,
      Infinity,
      -Infinity,
      Number.NaN,
    ])
  })
  // The upper half of binary32: 0x3eab is 1.3359375 · 2⁻².
  test('bfloat16', () => {
    expect(numbers('BF16', 0x3f80, 0xc000, 0x3eab, 0x0080, 0x8000, 0x7f80, 0xff80, 0x7fc0)).toEqual([
      1,
      -2,
      1.3359375 / 4,
      2 ** -126,
      -0,
      Infinity,
      -Infinity,
      Number.NaN,
    ])
  })
})

test('counters beside the weights are read: BatchNorm’s num_batches_tracked', () => {
  const { shape, data } = parse({ n: entry('I64', [], 0, 8) }, new Uint8Array(BigInt64Array.of(-123456789012n).buffer)).tensors.get('n')!
  expect([shape, ...data]).toEqual([[], -123456789012])
})

describe('hostile files', () => {
  const one = { x: entry('F32', [1], 0, 4) }
  test.each<[string, () => unknown, RegExp]>([
    ['of fewer than eight bytes', () => parseTensors(new Uint8Array(7), 'file'), /expected a safetensors file, got "7 bytes"/],
    [
      'whose header is longer than the file',
      () => parse(one, [0, 0, 0, 0], 1000n),
      /expected a safetensors header within \d+ bytes, got 1000/,
    ],
    ['whose header is longer than any number', () => parse(one, [0, 0, 0, 0], 2n ** 64n - 1n), /expected a safetensors header within/],
    ['whose header ends too early', () => parse(one, [0, 0, 0, 0], 10n), /whose header is a JSON object/],
    ['whose header is no JSON', () => parse('{"x":'), /whose header is a JSON object/],
    ['whose header is a list', () => parse('[]'), /whose header is a JSON object/],
    ['whose header is null', () => parse('null'), /whose header is a JSON object/],
    [
      'whose header is no text',
      () => parseTensors(Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe), 'file'),
      /whose header is a JSON object/,
    ],
    [
      'whose names are no text',
      () => {
        const bytes = file({ x: entry('F32', [1], 0, 4) }, [0, 0, 0, 0])
        bytes[bytes.indexOf(0x78)] = 0xff
        return parseTensors(bytes, 'file')
      },
      /whose header is a JSON object/,
    ],
    ['whose metadata is a number', () => parse({ __metadata__: 1 }), /__metadata__ must be an object, got 1/],
    ['whose metadata are a list', () => parse({ __metadata__: ['a'] }), /__metadata__ must be an object, got \["a"\]/],
    [
      'whose metadata hold an object',
      () => parse({ __metadata__: { k: { toString: 1 } } }),
      /__metadata__ "k" must be a text, got {"toString":1}/,
    ],
    ['with an entry of null', () => parse({ x: null }), /tensor "x": dtype must be one of/],
    ['of numbers that are none', () => parse({ x: entry('C64', [1], 0, 8) }, new Uint8Array(8)), /dtype must be one of .*, got "C64"/],
    ['of numbers named like methods', () => parse({ x: entry('toString', [1], 0, 8) }, new Uint8Array(8)), /dtype must be one of/],
    ['whose kind is in a list', () => parse({ x: { ...one.x, dtype: ['F32'] } }, [0, 0, 0, 0]), /dtype must be one of .*, got \["F32"\]/],
    ['of a negative shape', () => parse({ x: entry('F32', [-1, -1], 0, 4) }, [0, 0, 0, 0]), /must be lists of whole numbers/],
    ['of half a value', () => parse({ x: entry('F32', [0.5, 2], 0, 4) }, [0, 0, 0, 0]), /must be lists of whole numbers/],
    ['whose shape is too large', () => parse({ x: entry('F32', [2 ** 52, 2 ** 52], 0, 4) }, [0, 0, 0, 0]), /expected the bytes of/],
    ['whose offsets are three', () => parse({ x: { ...one.x, data_offsets: [0, 4, 8] } }, [0, 0, 0, 0]), /must be lists of whole numbers/],
    ['whose offsets go back', () => parse({ x: entry('F32', [1], 4, 0) }, [0, 0, 0, 0]), /expected the bytes of 1 values, got \[4,0\]/],
    ['whose bytes are too few for the shape', () => parse({ x: entry('F32', [2], 0, 4) }, [0, 0, 0, 0]), /expected the bytes of 2 values/],
    ['that is cut short', () => parse({ x: entry('F32', [2], 0, 8) }, [0, 0, 0, 0]), /expected a file of \d+ bytes, got \d+/],
    ['that goes on', () => parse(one, [0, 0, 0, 0, 0]), /expected a file of \d+ bytes/],
    ['with a gap', () => parse({ x: entry('F32', [1], 4, 8) }, new Uint8Array(8)), /tensor "x" must begin at byte 0/],
    [
      'whose tensors share bytes',
      () => parse({ x: entry('F32', [2], 0, 8), y: entry('F32', [1], 4, 8) }, new Uint8Array(8)),
      /tensor "y" must begin at byte 8/,
    ],
    [
      'whose tensors are the same bytes',
      () => parse({ x: entry('F32', [1], 0, 4), y: entry('F32', [1], 0, 4) }, new Uint8Array(4)),
      /must begin at byte 4/,
    ],
  ])('%s', (_, read, message) => {
    expect(read).toThrow(message)
    expect(read).toThrow(/^file: /)
  })

  test('of any bytes: read or refused, never anything else', () => {
    const good = formatTensors(weights([['x', { shape: [2], data: Float32Array.of(1, 2) }]], [['a', 'b']]))
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(good.length),
        (changes, end) => {
          const bytes = good.slice()
          for (const [at, byte] of changes) bytes[at] = byte
          try {
            parseTensors(bytes.subarray(0, end), 'file')
          } catch (error) {
            expect(String(error)).toMatch(/^(Type|Range)Error: file: /)
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  test('a name is only a name', () => {
    const { tensors } = parse('{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', [0, 0, 128, 63])
    expect([...tensors]).toEqual([['__proto__', { shape: [1], data: Float32Array.of(1) }]])
    expect(({} as { dtype?: unknown }).dtype).toBeUndefined()
    const metadata = weights([['__metadata__', { shape: [1], data: Float32Array.of(1) }]])
    expect(() => formatTensors(metadata)).toThrow('formatTensors: a tensor must have a name that the format does not keep for itself')
    expect(() => tensorOf('here', parse(one, [0, 0, 0, 0]), 'constructor', [1])).toThrow(
      'here: tensors must hold "constructor" of shape [1], got ["x"]',
    )
  })
})

test('a tensor of another shape is refused, and so is what are no weights', () => {
  const given = weights([['x', { shape: [2, 3], data: new Float32Array(6) }]])
  expect(tensorOf('here', given, 'x', [undefined, 3]).shape).toEqual([2, 3])
  expect(() => tensorOf('here', given, 'x', [3, undefined])).toThrow('here: tensor "x" must have shape [3, any], got [2,3]')
  expect(() => tensorOf('here', given, 'x', [6])).toThrow('here: tensor "x" must have shape [6], got [2,3]')
  const short = weights([['x', { shape: [2, 3], data: new Float32Array(5) }]])
  expect(() => tensorOf('here', short, 'x', [2, 3])).toThrow('here: tensor "x" must have the 6 values of its shape, got 5')
  expect(() => tensorOf('here', { tensors: {} } as unknown as TensorFile, 'x', [6])).toThrow(
    /here: tensors must be those of a safetensors file/,
  )
})
