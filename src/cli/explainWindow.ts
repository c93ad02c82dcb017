import type { Command } from 'commander'
import colors from 'picocolors'
import { refusal } from '../core/check.ts'
import { standardOutput } from '../files/output.ts'
import { pool1d } from '../stages/pooling/pool1d.ts'
import { type Comparison, compareDialects, type Geometry } from '../tensors/compareDialects.ts'
import { count } from './definitions.ts'
import { table, wrapped } from './table.ts'
import { chosen } from './valued.ts'

const examples = `
Examples:
  poolwise explain window --shape 28,28 --size 3 --stride 2 --padding same
  poolwise explain window --shape 7 --size 3 --stride 2 --partial keep
`

/** `poolwise explain window`. */
export function windowCommand(explain: Command): void {
  explain
    .command('window')
    .description('what Keras, PyTorch and ONNX make of a window, and where they differ')
    .requiredOption('--shape <sizes>', 'of the map, an axis each: 28,28')
    .requiredOption('--size <sizes>', 'of the window: 2, or an axis each')
    .option('--stride <sizes>', 'from one window to the next')
    .option('--padding <how>', 'valid, same, 1, 1,0, or before and after: 1:0,0:1')
    .option('--dilation <sizes>', 'from one tap to the next')
    .addOption(chosen('--partial <how>', 'a last window that is not full: drop or keep', pool1d, 'partial'))
    .option('--json', 'all of it as JSON')
    .addHelpText('after', examples)
    .action(({ json, ...options }: WindowArguments & { readonly json?: true }) =>
      standardOutput.write(json ? `${JSON.stringify(compared(options))}\n` : dialectTable(options)),
    )
}

/** A window and the maps it is for, as typed: `5,7` for each axis, `1:0` for padding before and after. */
export interface WindowArguments {
  readonly shape: string
  readonly size: string
  readonly stride?: string
  readonly padding?: string
  readonly dilation?: string
  readonly partial?: string
}

/** @throws RangeError or TypeError for what cannot be read, and for what is wrong in any dialect */
function compared({ shape, size, stride, padding, dilation, partial }: WindowArguments): readonly Comparison[] {
  return compareDialects({
    shape: each('--shape', shape),
    size: one(each('--size', size)),
    ...(stride !== undefined && { stride: one(each('--stride', stride)) }),
    ...(dilation !== undefined && { dilation: one(each('--dilation', dilation)) }),
    ...(padding !== undefined && { padding: paddingOf(padding) }),
    ...(partial !== undefined && { partial: partial as 'drop' }),
  })
}

/**
 * What Keras, PyTorch and ONNX make of one window, side by side, then what differs.
 *
 * @throws as `compareDialects`, and for what cannot be read
 */
export function dialectTable(options: WindowArguments): string {
  const rows = compared(options)
  const facts = ['output', 'stride', 'padding', 'divisor']
  const cells = rows.map((row) => ({ dialect: row.dialect, facts: factsOf(row), refused: 'refused' in row ? row.refused : undefined }))
  const made = cells.filter(({ refused }) => refused === undefined)
  const head = ['dialect', ...facts].map((name) => colors.dim(name))
  const lines = table([head, ...made.map(({ dialect, facts }) => [colors.bold(dialect), ...facts])])
  const refusals = cells.flatMap(({ dialect, refused }) => (refused === undefined ? [] : wrapped(`${dialect} refuses it: ${refused}`, '')))
  const differences = facts.flatMap((name, fact) => {
    const values = [...new Set(made.map(({ facts }) => facts[fact]!))]
    if (values.length < 2) return []
    const parts = values.map((value) => `${value} in ${listed(made.filter(({ facts }) => facts[fact] === value))}`)
    return wrapped(`${name} differs: ${parts.join('; ')}`, '')
  })
  const same = made.length > 1 && differences.length === 0 ? [`${listed(made)} agree`] : []
  const note = 'divisor: what the average divides by in the first window and in the last'
  return [...lines, '', colors.dim(note), '', ...refusals, ...differences, ...same, ''].join('\n')
}

function listed(rows: readonly { readonly dialect: string }[]): string {
  return rows.map(({ dialect }) => dialect).join(', ')
}

function factsOf(row: Comparison): string[] {
  if ('refused' in row) return []
  const { output, stride, padding, average } = row
  const divisors = 'refused' in average ? `none: ${average.refused}` : `${average.first} first, ${average.last} last`
  return [output.join('×'), stride.join('×'), padding.map((pair) => pair.join(':')).join('×'), divisors]
}

/** One number, or one for each axis. */
function each(option: string, text: string): number[] {
  return text.split(',').map((part) => count(option, part)!)
}

function one<Value>(values: readonly Value[]): Value | readonly Value[] {
  return values.length === 1 ? values[0]! : values
}

/** A rule, a number, or for each axis a number or `before:after`. */
function paddingOf(text: string): NonNullable<Geometry['padding']> {
  if (text === 'valid' || text === 'same' || text === 'same-lower') return text
  const pads = text.split(',').map((part) => {
    if (!/^\d{1,9}(:\d{1,9})?$/.test(part))
      throw refusal('--padding', "expected 'valid', 'same', 'same-lower', or numbers such as 1, 1,2 or 0:1", text)
    const [before, after = before] = part.split(':').map(Number) as [number, number?]
    return before === after ? before : ([before, after] as const)
  })
  const [first] = pads
  return pads.length === 1 && typeof first === 'number' ? first : pads
}
