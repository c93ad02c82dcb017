import type { StageSpec } from '../core/stage.ts'

/** A stage's spec: its name and the options that were given, as plain JSON; Infinity is spelt out, since JSON has none. */
export function specOf(stage: string, options: object): StageSpec {
  return { stage, ...JSON.parse(JSON.stringify(options, (_, value) => (value === Infinity ? 'Infinity' : value))) }
}
