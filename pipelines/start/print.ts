import colors from 'picocolors'
import type { Vector } from 'poolwise'
import type { Loaded } from 'poolwise/node'
import { table } from '../../src/cli/table.ts'

export function heading(text: string): void {
  console.log(`\n${colors.bold(colors.cyan(text))}\n`)
}

/** Lines under a heading, of at most 78 characters. */
export function say(...lines: readonly string[]): void {
  for (const line of lines) console.log(line === '' ? '' : `  ${line}`)
}

/** The first row is the head. */
export function columns([head, ...rows]: readonly (readonly string[])[], right?: readonly number[]): void {
  say(...table([head!.map(colors.dim), ...rows], right))
}

/** What each stage gives. */
export function printStages({ source, stages }: Loaded): void {
  let layout = source.layout
  const rows = stages.map((stage) => {
    layout = stage.plan(layout).layout
    const { planes, bins, clock } = layout
    const { pooling } = stage.spec as { pooling?: string | { pooling: string } }
    const name = [stage.spec.stage, typeof pooling === 'object' ? pooling.pooling : pooling].filter(Boolean).join(' ')
    const hop = clock.unit === 'token' ? 'for each token' : rhythm(clock.hop!)
    return [
      name,
      planes > 1 ? `${planes} × ${bins} values` : `${bins} value${bins === 1 ? '' : 's'}`,
      clock.hop === undefined ? 'once' : hop,
    ]
  })
  columns([['stage', 'gives', ''], ...rows])
}

function rhythm(hop: number): string {
  return hop < 0.001 ? `${Math.round(1 / hop)} times a second` : `every ${Number((hop * 1000).toPrecision(4))} ms`
}

/** A few values of a few vectors, a row a value, from all over the vector. */
export function printVectors(vectors: readonly Vector[], nameOf: (vector: Vector) => string): void {
  const { names } = vectors[0]!
  const lanes = [0.1, 0.3, 0.5, 0.7, 0.9].map((share) => Math.floor(share * names.length))
  const rows = lanes.map((lane) => [names[lane]!, ...vectors.map(({ vector }) => vector[lane]!.toFixed(3))])
  const more = `and ${names.length - lanes.length} more`
  columns([['value', ...vectors.map(nameOf)], ...rows, [more, ...vectors.map(() => '')]], [1, 2, 3])
}

/** How often something was right, a row a method. */
export function printScores(head: string, of: number, scores: readonly (readonly [method: string, right: number])[]): void {
  const rows = scores.map(([method, right]) => {
    const share = right / of
    return [method, `${right} of ${of}`, `${(100 * share).toFixed(1)} %`, '█'.repeat(Math.round(20 * share))]
  })
  say(colors.dim(head), ...table(rows, [1, 2]))
}

export const mark = (right: boolean): string => (right ? colors.green('✓') : colors.red('✗'))
