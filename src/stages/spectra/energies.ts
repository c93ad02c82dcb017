import { DataError } from '../../core/check.ts'
import type { Frames } from '../../core/frames.ts'
import { forSeen } from '../whole.ts'

/** Refuses a seen value below 0: what was meant for magnitudes or powers would make numbers of a logarithm that mean nothing. */
export function checkEnergies(who: string, frames: Frames): void {
  forSeen(frames, (from, to) => {
    for (let i = from; i < to; i++) {
      if (!(frames.data[i]! < 0)) continue
      const frame = frames.start + from / (to - from)
      throw new DataError(`${who}: expected magnitudes or powers, none below 0, got ${frames.data[i]} at frame ${frame}`, { frame })
    }
  })
}
