import * as check from './check.ts'
import { type Json, known, listIn, refusal } from './check.ts'

/** What of JSON Schema options need to be described by. */
export interface Description {
  /** A definition of the schema of pipelines, as '#/definitions/stage'. */
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly Json[]
  readonly anyOf?: readonly Description[]
  readonly items?: Description
  readonly properties?: { readonly [name: string]: Description }
  readonly minItems?: number
  readonly maxItems?: number
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
  readonly pattern?: string
  readonly default?: Json
  /** What stands where nothing is given and that is no fixed value, as 'half the rate'. */
  readonly otherwise?: string
  readonly unit?: string
}

/**
 * An option of an operation, declared once: what may be given, what it is read as, and what where it is not given (`never` where it must be).
 * What it is for stands above it as a comment, which editors show and `npm run docs` takes for `poolwise list`.
 */
export class Option<Given, Value = Given, Missing = never> {
  declare readonly given: Given
  constructor(
    readonly read: (who: string, name: string, value: unknown) => Value,
    readonly description: Description,
    /** Whether it must be given. */
    readonly required: boolean = true,
    readonly missing: Missing = undefined as Missing,
  ) {}

  /** What it is where it is not given. */
  default<const Usual extends Value>(value: Usual): Option<Given, Value, Value> {
    return new Option<Given, Value, Value>(this.read, { ...this.description, default: plain(value) as Json }, false, value)
  }

  /** It may be left out; `otherwise` says what is done then, where that is worth a word. */
  optional(otherwise?: string): Option<Given, Value, undefined> {
    return new Option<Given, Value, undefined>(this.read, { ...this.description, ...(otherwise && { otherwise }) }, false)
  }

  /** The unit of its numbers, such as 'Hz'. */
  unit(unit: string): Option<Given, Value, Missing> {
    return new Option<Given, Value, Missing>(this.read, { ...this.description, unit }, this.required, this.missing)
  }
}

/** The options of an operation by their names. */
export interface Options {
  readonly [name: string]: Pick<Option<unknown, unknown, unknown>, 'given' | 'read' | 'description' | 'required' | 'missing'>
}

type Left<Of extends Options> = { [Name in keyof Of]: [Of[Name]['missing']] extends [never] ? never : Name }[keyof Of]
// Mapped over names of one type each, so that editors still find the comments.
type Optional<Of extends Options, Name extends keyof Of> = { [Each in Name]?: Of[Each]['given'] }
type Required<Of extends Options, Name extends keyof Of> = { [Each in Name]: Of[Each]['given'] }

/** What a user gives. */
export type Given<Of extends Options> = [keyof Of] extends [never]
  ? { readonly [none: string]: never }
  : [Exclude<keyof Of, Left<Of>>] extends [never]
    ? Flat<Optional<Of, Left<Of>>>
    : Flat<Optional<Of, Left<Of>> & Required<Of, Exclude<keyof Of, Left<Of>>>>

/** An intersection as the object that it is, which messages and editors show. */
type Flat<Of> = { [Name in keyof Of]: Of[Name] } & unknown

/** What the operation gets: everything, in its place. */
export type Read<Of extends Options> = {
  readonly [Name in keyof Of]: ReturnType<Of[Name]['read']> | Of[Name]['missing']
}

/** The options that a stage, or a pooling, may be given. */
export type OptionsOf<Make> = Make extends (...args: infer Args) => unknown
  ? Exclude<
      Args extends readonly []
        ? never
        : Args extends readonly [infer First]
          ? First
          : Args extends readonly [First?: infer Only]
            ? Only
            : Args[1 & keyof Args],
      undefined
    >
  : never

/** A function of options, which it declares. */
export type Taking<Given extends object, Made> = (Record<never, never> extends Given
  ? (options?: Given) => Made
  : (options: Given) => Made) & {
  readonly options: Options
}

/**
 * Reads options: each checked, those not given filled in.
 * @throws TypeError for a name that is none; what the options throw
 */
export function read<Of extends Options>(who: string, of: Of, given: unknown = {}): Read<Of> {
  const own = known(who, given as { [name: string]: unknown }, Object.keys(of))
  const values: { [name: string]: unknown } = {}
  for (const [name, option] of Object.entries(of)) {
    const value = Object.hasOwn(own, name) ? own[name] : undefined
    if (value === undefined && option.required) throw refusal(who, `${name} must be given`, value)
    values[name] = value === undefined ? option.missing : option.read(who, name, value)
  }
  return values as Read<Of>
}

/** What was given, as plain JSON: Infinity is spelt out, since JSON has none, and files of tensors are named. */
export function plain(given: unknown): unknown {
  return JSON.parse(
    JSON.stringify(given ?? null, (_, value) => (value === Infinity ? 'Infinity' : value?.tensors instanceof Map ? value.name : value)),
  )
}

/** Options that were given, copied: what they were is what they are. */
export function copied<Given extends object>(given: Given | undefined): Given {
  return Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => value !== undefined)) as Given
}

/** A function of options that declares them: it reads what is given, and makes something of it. */
export function taking<const Of extends Options, Made>(
  who: string,
  options: Of,
  make: (values: Read<Of>, given: Given<Of>) => Made,
): Taking<Given<Of>, Made> {
  const of = (given: unknown = {}) => {
    const own = known(who, given as Given<Of>, Object.keys(options))
    return make(read(who, options, own), copied(own))
  }
  return Object.assign(of, { options }) as unknown as Taking<Given<Of>, Made>
}

/** A whole number from `min` on. */
export function integer(min: number, max?: number): Option<number> {
  return new Option((who, name, value) => check.integer(who, name, value, min, max), {
    type: 'integer',
    minimum: min,
    ...(max !== undefined && { maximum: max }),
  })
}

/** A finite number within bounds. */
export function number(bounds: { min?: number; max?: number; above?: number } = {}): Option<number> {
  return new Option((who, name, value) => check.number(who, name, value, bounds), { type: 'number', ...described(bounds) })
}

/** As {@link number}, or Infinity, which in JSON is 'Infinity'. */
export function numberOrInfinity(bounds: { min?: number; above?: number } = {}): Option<number | 'Infinity', number> {
  return new Option((who, name, value) => check.number(who, name, value, { ...bounds, infinite: true }), {
    anyOf: [{ type: 'number', ...described(bounds) }, { enum: ['Infinity'] }],
  })
}

function described({ min, max, above }: { min?: number; max?: number; above?: number }): Description {
  return {
    ...(min !== undefined && { minimum: min }),
    ...(above !== undefined && { exclusiveMinimum: above }),
    ...(max !== undefined && { maximum: max }),
  }
}

export function boolean(): Option<boolean> {
  return new Option(check.boolean, { type: 'boolean' })
}

/** A text, of at least `min` characters; `what` it is stands in messages. */
export function text(what = 'a text that is not empty', min: 0 | 1 = 1): Option<string> {
  return new Option(
    (who, name, value) => {
      if (typeof value === 'string' && value.length >= min) return value
      throw refusal(who, `${name} must be ${what}`, value)
    },
    { type: 'string' },
  )
}

/** One of some words or numbers; null may be one of them. */
export function oneOf<const Choice extends string | number | null>(...choices: readonly Choice[]): Option<Choice> {
  return new Option((who, name, value) => check.oneOf(who, name, value, choices), { enum: choices })
}

/** A list, of at least one unless said otherwise; `like` is an example for messages. */
export function list<Given, Value>(
  of: Option<Given, Value>,
  { min = 1, like }: { min?: number; like: string },
): Option<readonly Given[], readonly Value[]> {
  return new Option<readonly Given[], readonly Value[]>(
    (who, name, value) => {
      const all = listIn(value)
      if (!all || all.length < min) throw refusal(who, `${name} must be a list such as ${like}`, value)
      return all.map((one, i) => of.read(who, `${name}[${i}]`, one))
    },
    { type: 'array', items: of.description, ...(min > 0 && { minItems: min }) },
  )
}

/** Either of two, told apart by `first`. */
export function either<A, First, B, Second>(
  first: Option<A, First>,
  second: Option<B, Second>,
  isFirst: (value: unknown) => boolean,
): Option<A | B, First | Second> {
  return new Option<A | B, First | Second>((who, name, value) => (isFirst(value) ? first : second).read(who, name, value), {
    anyOf: [first.description, second.description],
  })
}

/** What no other kind says: `read` checks it, `description` says it in JSON Schema. */
export function checked<Value>(description: Description, read: (who: string, name: string, value: unknown) => Value): Option<Value> {
  return new Option(read, description)
}

/** A function that is called, which JSON has none of; `what` it is stands in messages. */
export function callback<Call>(what = 'a function'): Option<Call> {
  return checked<Call>({}, (who, name, value) => {
    if (typeof value === 'function') return value as Call
    throw refusal(who, `${name} must be ${what}`, value)
  })
}
