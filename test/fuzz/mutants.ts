import { type Bytes, damaged } from './bytewise.ts'
import type { Draws } from './draws.ts'
import { begins, cutting, faithful, finite, type Heard, hear, type Sound, same, soundsIn } from './hearing.ts'
import { must } from './judge.ts'
import type { Target } from './target.ts'

/**
 * Bytes made of a recording, and what is right of them:
 * `same`, the samples as they were; `refused`, an error after the first `least` samples or more of them; `either` of the two; `finite`, an error or numbers.
 */
export interface Mutant {
  readonly what: string
  readonly bytes: Bytes
  readonly right: 'same' | 'refused' | 'either' | 'finite'
  /** Whose samples, one after the other; by default the recording's own. */
  readonly of?: readonly Sound[]
  /** Frames that must come before the error. */
  readonly least?: number
  /** Frames at the end of what came before an error that may be others: what a decoder mixes with what follows. */
  readonly slack?: number
}

export type Mutation = (sound: Sound, draws: Draws, all: readonly Sound[]) => Mutant | undefined

/** A target of recordings whose names match, changed in one of these ways, or in no way that means anything. */
export function soundTarget(name: string, names: RegExp, mutations: readonly Mutation[]): Target {
  return {
    name,
    says: /^decodeAudio: /,
    share: 3,
    open({ seeds }) {
      const all = soundsIn(seeds, names)
      return async (draws, note) => {
        const sound = draws.pick(all)
        if (draws.chance(0.03)) {
          note(sound.name)
          return faithful(sound)
        }
        const mutant = (draws.chance(0.6) && draws.pick(mutations)(sound, draws, all)) || anyhow(sound, draws, all)
        note(`${sound.name}, ${mutant.what}`)
        const came = await hear(mutant.bytes, sound.rate, cutting(mutant.bytes, draws))
        finite(came)
        await compared(mutant, sound, came)
        if (came.error !== undefined) throw came.error
      }
    },
  }
}

/** What is refused as it was encoded tells nothing: {@link faithful} reports it. */
async function compared({ right, of, least = 0, slack = 0 }: Mutant, sound: Sound, came: Heard): Promise<void> {
  if (right === 'finite') return
  const wholes = await Promise.all((of ?? [sound]).map((one) => one.whole()))
  if (wholes.some(({ error }) => error !== undefined)) return
  const whole = joinedSound(wholes)
  if (came.error === undefined) {
    must(right !== 'refused', () => `no error; ${came.samples.length} samples of ${whole.samples.length}`)
    same(came, whole)
  } else {
    must(right !== 'same', () => `refused, though whole: ${(came.error as Error).message}`)
    begins(came, whole, slack)
    const frames = came.samples.length / came.channels
    must(frames >= least, () => `${frames} samples before the error, where ${least} can be decoded: ${(came.error as Error).message}`)
  }
}

function joinedSound(wholes: readonly Heard[]): Heard {
  const samples = new Float32Array(wholes.reduce((sum, { samples }) => sum + samples.length, 0))
  let at = 0
  for (const whole of wholes) {
    samples.set(whole.samples, at)
    at += whole.samples.length
  }
  return { channels: wholes[0]!.channels, samples }
}

function anyhow({ bytes }: Sound, draws: Draws, all: readonly Sound[]): Mutant {
  return { what: 'damaged anyhow', bytes: damaged(bytes, draws, draws.pick(all).bytes), right: 'finite' }
}
