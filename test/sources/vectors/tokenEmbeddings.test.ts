import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { eachSequence, type Frames, globalPool, type Sequence, toVectors } from 'poolwise'
import { readNpy, tokenEmbeddings } from 'poolwise/text'
import { lastValueFrom, type Observable, toArray } from 'rxjs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { property } from '../../property.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'poolwise-npy-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const all = <Item>(source: Observable<Item>): Promise<Item[]> => lastValueFrom(source.pipe(toArray()))

/** Bytes as numpy.lib.format describes them: the magic string, the version, the header's length, the header padded to 64 bytes, the data. */
function npy(data: Uint8Array, { descr = '<f4', fortran = 'False', shape = '', version = 1 } = {}): Uint8Array {
  const preface = version === 1 ? 10 : 12
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': (${shape}), }`
  const length = Math.ceil((preface + text.length + 1) / 64) * 64 - preface
  const bytes = Buffer.alloc(preface)
  bytes.write('\x93NUMPY', 'latin1')
  bytes[6] = version
  if (version === 1) bytes.writeUInt16LE(length, 8)
  else bytes.writeUInt32LE(length, 8)
  return Buffer.concat([bytes, Buffer.from(`${text.padEnd(length - 1)}\n`), data])
}

function packed(values: readonly number[], size: number, put: (view: DataView, at: number, value: number) => void): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * size))
  values.forEach((value, i) => {
    put(view, i * size, value)
  })
  return new Uint8Array(view.buffer)
}

const f4 = (values: readonly number[]) => packed(values, 4, (view, at, value) => view.setFloat32(at, value, true))

describe('readNpy', () => {
  test('reads a file as NumPy 1.24 writes it', () => {
    // np.save(f, np.array([[1.5, -2], [0, 3]], np.float32)), in hexadecimal from the format's specification.
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }"
    const hex = `934e554d505901007600${Buffer.from(`${header.padEnd(117)}\n`).toString('hex')}0000c03f000000c00000000000004040`
    expect(readNpy(Buffer.from(hex, 'hex'))).toEqual({ shape: [2, 2], data: Float32Array.of(1.5, -2, 0, 3) })
  })

  const kinds: [descr: string, size: number, put: (view: DataView, at: number, value: number) => void][] = [
    ['<f4', 4, (view, at, value) => view.setFloat32(at, value, true)],
    ['>f4', 4, (view, at, value) => view.setFloat32(at, value, false)],
    ['<f8', 8, (view, at, value) => view.setFloat64(at, value, true)],
    ['>f8', 8, (view, at, value) => view.setFloat64(at, value, false)],
    ['<i8', 8, (view, at, value) => view.setBigInt64(at, BigInt(value), true)],
    ['<i4', 4, (view, at, value) => view.setInt32(at, value, true)],
    ['|i1', 1, (view, at, value) => view.setInt8(at, value)],
    ['|u1', 1, (view, at, value) => view.setUint8(at, value)],
    ['|b1', 1, (view, at, value) => view.setUint8(at, value)],
  ]
  test.each(kinds)('reads %s', (descr, size, put) => {
    const read = readNpy(npy(packed([1, 0, 1], size, put), { descr, shape: '3,' }))
    expect([read.shape, [...read.data]]).toEqual([[3], [1, 0, 1]])
    expect(read.data).toBeInstanceOf(descr.endsWith('f4') ? Float32Array : Float64Array)
  })

  test.each([1, 2, 3])('reads version %i', (version) => {
    expect([...readNpy(npy(f4([1, 2]), { shape: '2,', version })).data]).toEqual([1, 2])
  })

  test('turns Fortran order', () => {
    // a[i][j] = 10i + j: the columns one after the other.
    expect([...readNpy(npy(f4([0, 10, 1, 11, 2, 12]), { shape: '2, 3', fortran: 'True' })).data]).toEqual([0, 1, 2, 10, 11, 12])
    // a[i][j][k] = 100i + 10j + k, i fastest.
    const cube = [0, 100, 10, 110, 20, 120, 1, 101, 11, 111, 21, 121]
    expect([...readNpy(npy(f4(cube), { shape: '2, 3, 2', fortran: 'True' })).data]).toEqual([
      0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121,
    ])
  })

  test('reads scalars and arrays of nothing', () => {
    expect(readNpy(npy(f4([5])))).toEqual({ shape: [], data: Float32Array.of(5) })
    expect(readNpy(npy(f4([]), { shape: '0, 3' }))).toEqual({ shape: [0, 3], data: new Float32Array(0) })
  })

  const bad: [what: string, bytes: Uint8Array, message: string][] = [
    ['other bytes', Buffer.from('PK\x03\x04 no array'), 'to begin with "\\x93NUMPY"'],
    ['no bytes', new Uint8Array(0), 'to begin with'],
    ['the magic string alone', Buffer.from('\x93NUMPY', 'latin1'), 'to be of version 1, 2 or 3, got undefined'],
    ['the magic string and a version', npy(f4([])).subarray(0, 9), 'to hold a header up to byte 10, got 9'],
    ['version 9', npy(f4([]), { version: 9 }), 'to be of version 1, 2 or 3, got 9'],
    ['a header longer than the file', npy(f4([])).subarray(0, 40), 'to hold a header up to byte 128, got 40'],
    ['a shape too large', npy(f4([1, 2]), { shape: '3,' }), 'to hold 3 numbers of 4 bytes, got 8'],
    ['a shape too small', npy(f4([1, 2]), { shape: '1,' }), 'to hold 1 numbers of 4 bytes, got 8'],
    ['an absurd shape', npy(f4([1]), { shape: '99999999999999999999, 9999999999999' }), 'to hold'],
    ['an absurd shape of nothing', npy(f4([]), { shape: `0, ${'9'.repeat(90)}` }).subarray(0, 127), 'to hold'],
    ['objects', npy(f4([1]), { descr: '|O', shape: '1,' }), 'to hold numbers of f4, f8'],
    ['a kind from the prototype', npy(f4([1]), { descr: '<constructor', shape: '1,' }), 'to hold numbers of f4, f8'],
    ['no order', npy(f4([1]), { fortran: 'Maybe', shape: '1,' }), "to say 'fortran_order' and 'shape'"],
    ['a negative shape', npy(f4([1]), { shape: '-1,' }), "to say 'fortran_order' and 'shape'"],
  ]
  test.each(bad)('refuses %s', (_, bytes, message) => {
    expect(() => readNpy(bytes, 'x.npy')).toThrow(expect.objectContaining({ name: 'DataError' }))
    expect(() => readNpy(bytes, 'x.npy')).toThrow(message)
  })

  property([fc.uint8Array({ maxLength: 144 }), fc.nat(144)])('never fails otherwise, whatever the bytes', (noise, from) => {
    const bytes = Buffer.from(npy(f4([1, 2, 3, 4]), { shape: '2, 2' }))
    bytes.set(noise.subarray(0, Math.max(0, bytes.length - from)), from)
    try {
      const { shape, data } = readNpy(bytes)
      expect(shape.reduce((product, size) => product * size, 1)).toBe(data.length)
    } catch (error) {
      expect((error as Error).name).toBe('DataError')
    }
  })
})

describe('tokenEmbeddings', () => {
  const first = async ({ frames }: Sequence): Promise<Frames> => lastValueFrom(frames)

  test('gives one sequence of a matrix', async () => {
    const [sequence, ...more] = await all(tokenEmbeddings({ data: [1, 2, 3, 4, 5, 6], shape: [3, 2] }))
    const frames = await first(sequence!)
    expect([sequence!.id, more.length, frames.weights]).toEqual(['embeddings', 0, undefined])
    expect([...frames.data]).toEqual([1, 2, 3, 4, 5, 6])
    expect(frames.layout).toEqual({
      planes: 1,
      bins: 2,
      channels: 1,
      length: 3,
      clock: { unit: 'token', start: 0, hop: 1, span: 1 },
      names: { planes: [''], bins: ['dim0', 'dim1'], channels: [''] },
    })
  })

  test('gives a sequence for each of a batch, masked', async () => {
    const source = { data: Float32Array.of(1, 2, 3, 4, 50, 60, 7, 8), shape: [2, 2, 2] }
    const pooled = tokenEmbeddings(source, { mask: { data: [1, 1, 0, 1], shape: [2, 2] } }).pipe(
      eachSequence(globalPool('mean')),
      toVectors(),
    )
    expect(await all(pooled)).toMatchObject([
      { id: 'embeddings[0]', weight: 2, vector: Float32Array.of(2, 3) },
      { id: 'embeddings[1]', weight: 1, vector: Float32Array.of(7, 8) },
    ])
    const named = await all(tokenEmbeddings(source, { ids: ['__proto__', 'constructor'] }))
    expect(named.map(({ id }) => id)).toEqual(['__proto__', 'constructor'])
  })

  test('reads both from files', async () => {
    const [hidden, mask] = [join(folder, 'hidden.npy'), join(folder, 'mask.npy')]
    writeFileSync(hidden, npy(f4([1, 2, 3, 4]), { shape: '1, 2, 2' }))
    writeFileSync(
      mask,
      npy(
        packed([0, 1], 8, (view, at, value) => view.setBigInt64(at, BigInt(value), true)),
        { descr: '<i8', shape: '1, 2' },
      ),
    )
    const [sequence] = await all(tokenEmbeddings(hidden, { mask }))
    const frames = await first(sequence!)
    expect([sequence!.id, [...frames.data], [...frames.weights!]]).toEqual([`${hidden}[0]`, [1, 2, 3, 4], [0, 1]])
  })

  test('gives no frames where there are no tokens', async () => {
    const [sequence] = await all(tokenEmbeddings({ data: [], shape: [0, 3] }, { mask: { data: [], shape: [0] } }))
    const frames = await first(sequence!)
    expect([frames.length, frames.layout.bins, frames.layout.length]).toEqual([0, 3, 0])
  })

  const source = { data: [1, 2, 3, 4], shape: [2, 2] }
  test.each([
    [{ data: [1, 2, 3], shape: [2, 2] }, {}, 'expected a shape that fits 3 values, got 2 × 2'],
    [{ data: [1], shape: [-1, -1] }, {}, 'expected a shape that fits 1 values, got -1 × -1'],
    [{ data: [1], shape: [1] }, {}, 'expected [tokens, dimensions] or [batch, tokens, dimensions], got 1'],
    [{ data: [], shape: [3, 0] }, {}, 'expected [tokens, dimensions] or [batch, tokens, dimensions], got 3 × 0'],
    [source, { mask: { data: [1, 1], shape: [1, 2] } }, 'expected a mask of shape 2, got 1 × 2'],
    [source, { mask: { data: [1, 0.5], shape: [2] } }, 'expected a mask of 0 and 1, got 0.5'],
    [source, { mask: { data: [1, Number.NaN], shape: [2] } }, 'expected a mask of 0 and 1, got NaN'],
    [source, { ids: ['a', 'b'] }, 'expected 1 ids, got 2'],
  ])('refuses %j with %j', async (array, options, message) => {
    await expect(all(tokenEmbeddings(array, options))).rejects.toThrow(`tokenEmbeddings: ${message}`)
  })

  test('says what cannot be read, and refuses what is none at once', async () => {
    await expect(all(tokenEmbeddings(join(folder, 'none.npy')))).rejects.toThrow(
      'tokenEmbeddings: expected a file that can be read, got ENOENT',
    )
    expect(() => tokenEmbeddings({ data: [1] } as never)).toThrow('tokenEmbeddings: the embeddings must be a path or { data, shape }')
    expect(() => tokenEmbeddings(source, { maks: 1 } as object)).toThrow('tokenEmbeddings: unknown option "maks"')
    expect(() => tokenEmbeddings(source, { ids: 'ab' as never })).toThrow('tokenEmbeddings: ids must be a list of strings, got "ab"')
  })
})
