import { integer, isList, listIn, refusal, tried } from '../core/check.ts'
import { checked, type Given, read } from '../core/options.ts'
import { allTaps, type Dialect, dialects, paddingFor } from '../core/window.ts'
import { checkAverage, checkInside } from './avgPool.ts'
import { axisOptions, windowsOver } from './windowed.ts'

function geometryOptions(axes: number) {
  const { dialect: _, ...window } = axisOptions(axes)
  return {
    /** Lengths of the spatial axes: 5 and 7 for maps of 5 × 7. */
    shape: checked<readonly number[]>(
      { type: 'array', items: { type: 'integer', minimum: 1 }, minItems: 1, maxItems: 3 },
      (who, name, value) => {
        if (!isList(value) || value.length < 1 || value.length > 3) throw refusal(who, `${name} must hold 1 to 3 lengths`, value)
        return value.map((length) => integer(who, 'a length', length, 1))
      },
    ),
    ...window,
  }
}

/** A window over maps of a given size, without its data. */
export type Geometry = Given<ReturnType<typeof geometryOptions>>

/** What one dialect makes of a geometry, or why it refuses it; 'poolwise' is ours, without a dialect. */
export type Comparison =
  | { readonly dialect: Dialect | 'poolwise'; readonly refused: string }
  | {
      readonly dialect: Dialect | 'poolwise'
      /** Windows on each axis, the strides from one to the next, and the padding that is really applied. */
      readonly output: readonly number[]
      readonly stride: readonly number[]
      readonly padding: readonly (readonly [before: number, after: number])[]
      /** What the average divides by in the first window and in the last, or why there is no average. */
      readonly average: { readonly first: number; readonly last: number } | { readonly refused: string }
    }

/**
 * The same window in every dialect: where Keras, PyTorch and ONNX differ, with the numbers.
 *
 * @throws RangeError or TypeError for what is wrong in all of them alike: a shape that is none, unknown options, a window too large for any
 * @example
 * compareDialects({ shape: [5], size: 3, padding: 1 }).map((row) => ('output' in row ? row.output : row.refused))
 */
export function compareDialects(geometry: Geometry): Comparison[] {
  const who = 'compareDialects'
  // Of what is no shape the options refuse it.
  const axes =
    listIn(
      tried(geometry, (given) => given.shape),
      3,
    )?.length ?? 1
  const { shape, ...options } = read(who, geometryOptions(axes), geometry)
  const rows = [undefined, ...dialects].map((dialect): Comparison => {
    const name = dialect ?? 'poolwise'
    const given = { ...options, dialect, includePad: undefined }
    const over = orRefused(who, () => windowsOver(who, shape, given))
    if ('refused' in over) return { dialect: name, ...over }
    return {
      dialect: name,
      output: over.size,
      stride: over.windows.map(({ stride }) => stride),
      padding: over.windows.map((window, axis) => paddingFor(window, shape[axis]!)),
      average: orRefused(who, () => divisors(who, shape, { ...given, includePad: dialect === 'torch' })),
    }
  })
  const reasons = new Set(rows.map((row) => ('refused' in row ? row.refused : undefined)))
  const [reason] = reasons
  if (reasons.size === 1 && reason !== undefined) throw new RangeError(`${who}: ${reason}`)
  return rows
}

/** Elements that the average counts in the first window and in the last. */
function divisors(who: string, shape: readonly number[], options: Parameters<typeof windowsOver>[2]): { first: number; last: number } {
  checkAverage(who, options)
  const { windows, size } = windowsOver(who, shape, options)
  checkInside(who, options, shape)
  const counted = (at: (count: number) => number) =>
    windows.reduce((product, window, axis) => product * (size[axis] === 0 ? 0 : allTaps(window, shape[axis]!).counts[at(size[axis]!)]!), 1)
  return { first: counted(() => 0), last: counted((count) => count - 1) }
}

/** What a check gives, or why it refuses. */
function orRefused<Value>(who: string, check: () => Value): Value | { refused: string } {
  try {
    return check()
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error
    return { refused: error.message.replace(`${who}: `, '').replace(/with dialect '\w+' /, '') }
  }
}
