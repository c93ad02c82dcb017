import fc from 'fast-check'
import type { Vector } from '../../src/index.ts'

const text = fc.oneof(fc.constantFrom('__proto__', '', ' ', 'a b', 'two\nlines', 'Ünï 🎵'), fc.string({ maxLength: 8, unit: 'grapheme' }))
const value = fc.oneof(
  fc.constantFrom('null', 'true', '9007199254740993', '[1,2]', '1.5', '-3'),
  text.map((one) => JSON.stringify(one)),
)

/** Vectors of one length, with what records may say of them. */
export const some: fc.Arbitrary<Vector[]> = fc
  .record({ size: fc.nat(5), names: fc.uniqueArray(text, { maxLength: 3 }), covered: fc.boolean() })
  .chain(({ size, names, covered }) =>
    fc.array(
      fc
        .record({
          id: text,
          label: fc.option(text, { nil: undefined }),
          start: fc.nat(9),
          length: fc.nat(9),
          weight: fc.nat(9),
          values: fc.array(fc.float(), { minLength: size, maxLength: size }),
          fields: fc.array(value, { minLength: names.length, maxLength: names.length }),
        })
        .map(
          ({ id, label, start, length, weight, values, fields }): Vector => ({
            ...{ id, start, end: start + length, weight },
            ...(label !== undefined && { label }),
            ...(covered && { coverage: 0.5 }),
            ...(names.length > 0 && { fields: new Map(names.map((name, i) => [name, fields[i]!])) }),
            vector: Float32Array.from(values),
            names: values.map((_, i) => `x${i}`),
          }),
        ),
      { maxLength: 12 },
    ),
  )

/** Bytes that are cut short, or of which a few are others. */
export const damaged: fc.Arbitrary<(bytes: Uint8Array) => Uint8Array> = fc.oneof(
  fc.double({ min: 0, max: 1, noNaN: true }).map((share) => (bytes: Uint8Array) => bytes.subarray(0, Math.floor(share * bytes.length))),
  fc
    .array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), fc.nat(255)), { minLength: 1, maxLength: 4 })
    .map((changes) => (bytes: Uint8Array) => {
      const other = bytes.slice()
      for (const [share, byte] of changes) other[Math.floor(share * bytes.length)] = byte
      return other
    }),
)
