import { type Argument, Option } from 'commander'
import type { Description, Options } from '../core/options.ts'

/** What completion offers. */
export interface Values {
  readonly names: readonly string[]
  /** Whether several may follow one another, with commas between them. */
  readonly many: boolean
}

/** Beside the options, not as their choices: what else may be given, and what is wrong, is for those to say who read it. */
const known = new WeakMap<Option | Argument, Values>()

/** The same option or argument, with names that completion offers. */
export function valued<Of extends Option | Argument>(of: Of, names: readonly string[], many = false): Of {
  known.set(of, { names, many })
  return of
}

export function valuesOf(of: Option | Argument): Values | undefined {
  return known.get(of)
}

/** An option of a command with the choices that the option of a stage, a source or a sink declares. */
export function chosen(flags: string, description: string, { options }: { readonly options: Options }, name: string): Option {
  return valued(new Option(flags, description), namesIn(options[name]!.description))
}

function namesIn({ enum: choices = [], anyOf = [] }: Description): string[] {
  return [...choices.map(String), ...anyOf.flatMap(namesIn)]
}
