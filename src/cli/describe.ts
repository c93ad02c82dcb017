import colors from 'picocolors'
import type { Json } from '../core/check.ts'
import type { Description, Options } from '../core/options.ts'
import { descriptions } from './descriptions.ts'
import { wrapped } from './table.ts'

/** What a stage, a pooling, a source or a sink is for, its options and how it is used, in lines of at most 80 characters. */
export function described(kind: keyof typeof descriptions, name: string, { options = {} }: { readonly options?: Options }): string[] {
  const { text, example, options: texts } = descriptions[kind][name]!
  const rows = Object.entries(options).flatMap(([option, { description, required }]) => {
    const [first = '', ...more] = wrapped(`${option}  ${typeOf(description)}, ${usual(description, required)}`, '  ')
    return [
      `  ${colors.bold(option)}${first.slice(2 + option.length)}`,
      ...more.map((line) => `  ${line}`),
      ...wrapped(texts[option] ?? '', '      ').map(colors.dim),
    ]
  })
  return [
    ...wrapped(text, ''),
    '',
    ...(rows.length > 0 ? ['Options', ...rows] : ['It takes no options.']),
    ...(example ? ['', 'Example', ...example.split('\n').flatMap((line) => wrapped(line, '  '))] : []),
  ]
}

/** What stands where an option is not given. */
export function usual({ default: value, otherwise }: Description, required: boolean): string {
  if (required) return 'must be given'
  if (value !== undefined) return `default ${shown(value)}`
  return otherwise ? `default: ${otherwise}` : 'may be left out'
}

/** A value as it is written on the command line; a pair of one value twice is that value. */
function shown(value: Json): string {
  if (!Array.isArray(value)) return String(value)
  return value.length === 2 && value[0] === value[1] ? shown(value[0] as Json) : `[${value.map(shown).join(', ')}]`
}

/** A type in words. */
export function typeOf(of: Description): string {
  if (of.anyOf?.at(-1)?.type === 'array') {
    const { anyOf, ...rest } = of
    const [one, ...more] = anyOf.slice(0, -1)
    return `${typeOf(more.length > 0 ? { ...rest, anyOf: [one!, ...more] } : { ...one, ...rest })}, or a ${anyOf.at(-1)!.maxItems === 2 ? 'pair' : 'list'}`
  }
  if (of.unit?.endsWith(' or time')) return `${of.unit.replace(' or time', '')}, or a time such as '25ms'`
  if (of.unit) return `${typeOf(withoutUnit(of))}, in ${of.unit}`
  if (of.anyOf) return of.anyOf.map(typeOf).join(' or ')
  if (of.enum)
    return of.enum
      .map(String)
      .join(', ')
      .replace(/, ([^,]*)$/, ' or $1')
  if (of.type === 'integer') return `a whole number${bounds(of)}`
  if (of.type === 'number') return `a number${bounds(of)}`
  if (of.type === 'boolean') return 'true or false'
  if (of.type === 'array') return `a list of ${of.items ? several(of.items) : 'values'}`
  return of.type === 'string' ? 'a text' : String(of.type ?? 'a value')
}

/** Values of a type, in words. */
function several(of: Description): string {
  if (of.$ref) return `${of.$ref.split('/').at(-1)}s`
  if (of.enum) return typeOf(of)
  if (of.type === 'array') return of.maxItems === 2 ? 'pairs' : 'lists'
  if (of.type === 'integer') return `whole numbers${bounds(of)}`
  return of.type === 'number' ? `numbers${bounds(of)}` : 'values'
}

function withoutUnit({ unit: _, ...of }: Description): Description {
  return of
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
