import { createHash } from 'node:crypto'
import { lanesOf, slice } from '../../src/core/frames.ts'
import { chain, type Frames, type Machine, open, type Stage, stageFrom } from '../../src/index.ts'
import type { Draws } from './draws.ts'
import { inputFor, type Spec, stageSpec } from './specs.ts'

/** Stages one after the other and what goes through them; where one does not fit those before it, without it. */
export interface Pipe {
  readonly specs: readonly Spec[]
  readonly stage: Stage
  readonly input: Frames
}

// A frame of more is no mistake, and costs memory and time by right: the covariance of 1764 lanes has one and a half million outputs, each with a name and a row.
const mostLanes = 2 ** 18

/** Nor is a sketch of so small an error, which holds hundreds of thousands of numbers a lane. */
const finest = /"error":(0\.000|1e-)/

/** None where no stage fits. */
export function pipeFor(draws: Draws): Pipe | undefined {
  const input = inputFor(draws)
  const fitting: { spec: Spec; stage: Stage }[] = []
  let layout = { ...input.layout, length: input.length }
  for (const spec of draws.list(draws.between(1, 4), () => stageSpec(draws))) {
    try {
      const stage = stageFrom(spec as never)
      const given = stage.plan(layout).layout as typeof layout
      if (lanesOf(given) > mostLanes || finest.test(JSON.stringify(spec))) continue
      layout = given
      fitting.push({ spec, stage })
    } catch (error) {
      // Refused as it should be, or other targets tell.
      if (!(error instanceof Error)) throw error
    }
  }
  if (fitting.length === 0) return undefined
  return { specs: fitting.map(({ spec }) => spec), stage: chain(...fitting.map(({ stage }) => stage)), input }
}

/** A machine for all of the input, whose length it knows. */
export function machineOf({ stage, input }: Pipe, saved?: Parameters<typeof open>[2]): Machine {
  return open(stage, { ...input.layout, length: input.length }, saved)
}

/** Blocks in any pieces, an empty one among them now and then. */
export function blocksOf(input: Frames, draws: Draws): Frames[] {
  const cuts = draws.cuts(input.length, 5)
  return [...cuts, input.length].map((to, i) => slice(input, cuts[i - 1] ?? 0, to))
}

/** What blocks say when they are joined, in a few letters: equal where all bits are, but those of NaN, which the language leaves open. */
export function digest(blocks: readonly (Frames | undefined)[]): string {
  const parts = blocks.filter((block): block is Frames => block !== undefined && block.length > 0)
  const hash = createHash('sha1')
  const put = (name: string, of: (block: Frames) => ArrayBufferView | undefined) => {
    hash.update(name)
    for (const block of parts) {
      const array = of(block)
      if (array) hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
    }
  }
  hash.update(JSON.stringify([parts[0]?.start, parts[0]?.layout.names, parts[0]?.layout.clock]))
  put('data', ({ data }) => data.map((x) => (Number.isNaN(x) ? Number.NaN : x)))
  put('weights', ({ weights, length }) => weights ?? new Float32Array(length).fill(1))
  put('boundaries', ({ boundaries, length }) => boundaries ?? new Uint8Array(length))
  put('spans', ({ spans }) => spans)
  return `${parts.reduce((sum, { length }) => sum + length, 0)} frames, ${hash.digest('hex').slice(0, 12)}`
}

/** What a pipe gives for the whole at once. */
export function whole(pipe: Pipe): string {
  const machine = machineOf(pipe)
  return digest([machine.push(pipe.input), machine.close()])
}
