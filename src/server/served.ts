import type { Stage } from '../core/stage.ts'
import type { Loaded } from '../pipeline/pipeline.ts'

/** What a server pools, each where it does. */
export interface Served {
  /** Recordings. */
  readonly sound?: Loaded
  readonly text?: Loaded
  /** Sound without an end. */
  readonly stream?: Loaded
  /** Rows of numbers without an end. */
  readonly events?: readonly Stage[]
}
