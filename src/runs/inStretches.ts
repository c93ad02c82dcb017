import type { Frames } from '../core/frames.ts'
import { joinedStretches, stretchesOf } from '../pipeline/cutting.ts'
import type { Loaded } from '../pipeline/pipeline.ts'
import { plainLayout } from '../sources/audio/plainSamples.ts'
import type { Piece } from '../sources/piece.ts'
import type { Engine, Mapped, Task } from './taskEngine.ts'

/** Stretches of a recording for each task that is taken at once: enough to share the work evenly. */
const each = 4

/**
 * An engine that has each long recording pooled by all that it is wide, a stretch a task, and joins what comes of them to the bits of the whole.
 *
 * Where one of them fails, the recording is pooled whole, which tells what is wrong with it.
 */
export function inStretches(engine: Engine, { source, stages }: Loaded): Engine {
  const { plain, layout, varies } = source
  if (!plain || engine.width < 2) return engine
  // Where no recording can be cut, none is looked at.
  if (!varies && stretchesOf(stages, { ...layout, length: 2 ** 40 }, 2).length === 0) return engine
  const waiting: (() => void)[] = []
  let running = 0

  /** In its turn, so that no more run than the engine takes. */
  async function mapped(task: Task): Promise<Mapped | undefined> {
    if (running === engine.width) await new Promise<void>((go) => waiting.push(go))
    else running++
    try {
      return await engine.map(task)
    } finally {
      // Who waits takes the place.
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }

  async function pooled(piece: Piece): Promise<{ frames: Frames; heard: number; notes: readonly string[] } | undefined> {
    const samples = await plain!(piece)
    if (!samples) return undefined
    try {
      const layout = plainLayout(samples)
      const stretches = stretchesOf(stages, layout, each * engine.width)
      if (stretches.length === 0) return undefined
      const parts = await Promise.all(stretches.map((stretch) => mapped({ pieces: [piece], stretch: { ...stretch, samples } })))
      const frames = joinedStretches(
        stages,
        layout,
        parts.map((part) => part!.state!),
      )
      return { frames, heard: samples.length / samples.signal.rate, notes: parts.flatMap((part) => part!.notes) }
    } catch {
      return undefined
    }
  }

  return {
    ...engine,
    async map(task) {
      const notes = new Set<string>()
      let heard = 0
      const pieces: Piece[] = []
      for (const piece of task.pieces) {
        const done = await pooled(piece)
        pieces.push(done ? { ...piece, pooled: done.frames } : piece)
        heard += done?.heard ?? 0
        for (const note of done?.notes ?? []) notes.add(note)
      }
      const all = await mapped({ ...task, pieces })
      return all && { ...all, heard: all.heard + heard, notes: [...new Set([...notes, ...all.notes])] }
    },
  }
}
