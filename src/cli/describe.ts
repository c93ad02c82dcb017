import colors from 'picocolors'
import type { Description, Options } from '../core/options.ts'
import { descriptions } from './descriptions.ts'
import { wrapped } from './table.ts'

/** What a stage, a pooling, a source or a sink is for, its options and how it is used, in lines of at most 80 characters. */
export function described(kind: keyof typeof descriptions, name: string, { options = {} }: { readonly options?: Options }): string[] {
  const { text, example, options: texts } = descriptions[kind][name]!
  const rows = Object.entries(options).flatMap(([option, { description, required }]) => [
    `  ${colors.bold(option)}  ${[typeOf(description), description.unit && `in ${description.unit}`, usual(description, required)].filter(Boolean).join(', ')}`,
    ...wrapped(texts[option] ?? '', '      ').map(colors.dim),
  ])
  return [
    ...wrapped(text, ''),
    '',
    ...(rows.length > 0 ? ['Options', ...rows] : ['It takes no options.']),
    ...(example ? ['', 'Example', ...example.split('\n').map((line) => `  ${line}`)] : []),
  ]
}

function usual({ default: value, otherwise }: Description, required: boolean): string {
  if (required) return 'must be given'
  if (value !== undefined) return `default ${typeof value === 'string' ? value : JSON.stringify(value)}`
  return otherwise ? `default: ${otherwise}` : 'may be left out'
}

/** A type in words. */
export function typeOf(of: Description): string {
  if (of.anyOf) return of.anyOf.map(typeOf).join(' or ')
  if (of.enum)
    return of.enum
      .map(String)
      .join(', ')
      .replace(/, ([^,]*)$/, ' or $1')
  if (of.pattern) return "a time such as '25ms'"
  if (of.type === 'integer') return `a whole number${bounds(of)}`
  if (of.type === 'number') return `a number${bounds(of)}`
  if (of.type === 'boolean') return 'true or false'
  if (of.type === 'array')
    return `a list of ${of.minItems !== undefined && of.minItems === of.maxItems ? `${of.minItems} ` : ''}${of.items ? typeOf(of.items).replace(/^a (\w+)/, '$1s') : 'values'}`
  return of.type === 'string' ? 'a text' : String(of.type ?? 'a value')
}

function bounds({ minimum, maximum, exclusiveMinimum }: Description): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`
  const limits = [
    exclusiveMinimum !== undefined && `> ${exclusiveMinimum}`,
    minimum !== undefined && `≥ ${minimum}`,
    maximum !== undefined && `≤ ${maximum}`,
  ]
  return limits
    .filter(Boolean)
    .map((limit) => ` ${limit}`)
    .join(' and')
}
