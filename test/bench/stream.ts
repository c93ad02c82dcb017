// What RxJS costs: a pipe of operators over blocks, and the same machines called one after the other.
import { blocks, type Frames, globalPool, logMel, open, pool1d, type Stage, signal } from 'poolwise'
import { from } from 'rxjs'
import { rate, sound } from './ours.ts'
import { goal, measure, significant, type Table, times, usual } from './timing.ts'

const seconds = 30
const stages = () => [logMel(), pool1d('stats', { size: '1s', stride: '100ms' }), globalPool('max')] as const

/** The stages' machines by hand, with what a block gives passed on, and what is left at the end. */
export function called(input: readonly Frames[], chain: readonly Stage[], take: (frames: Frames) => void): void {
  let { layout } = input[0]!
  const machines = chain.map((stage) => {
    const machine = open(stage, layout)
    layout = stage.plan(layout).layout
    return machine
  })
  const through = (frames: Frames | undefined, at: number): void => {
    let carried = frames
    for (let i = at; i < machines.length && carried; i++) carried = machines[i]!.push(carried)
    if (carried) take(carried)
  }
  for (const block of input) through(block, 0)
  for (const [i, machine] of machines.entries()) through(machine.close(), i + 1)
}

function direct(input: readonly Frames[], chain: readonly Stage[]): Frames[] {
  const results: Frames[] = []
  called(input, chain, (frames) => results.push(frames))
  return results
}

function streamed(input: readonly Frames[], [mel, window, global]: ReturnType<typeof stages>): Frames[] {
  const results: Frames[] = []
  from(input)
    .pipe(mel, window, global)
    .subscribe((frames) => results.push(frames))
  return results
}

export async function stream(): Promise<Table> {
  const all = signal(sound(rate * seconds), { rate })
  const rows: string[][] = []
  for (const [name, size] of [
    ['10 ms', 160],
    ['100 ms', 1600],
    ['1 s', 16_000],
    ['a file’s (32768 bytes)', 16_384],
  ] as const) {
    const input = [...blocks(all, size)]
    const chain = stages()
    const [own, rx] = [direct(input, chain), streamed(input, chain)]
    if (own.flatMap(({ data }) => [...data]).join() !== rx.flatMap(({ data }) => [...data]).join())
      throw new Error('bench: expected the stream to give what its machines give')
    const [byHand, piped] = await measure([() => direct(input, chain), () => streamed(input, chain)], { ...usual, seconds: 2 })
    rows.push([
      name,
      times(piped!.toFirst),
      goal(piped!.toFirst, { most: 1.1 }),
      significant(byHand!.time),
      significant(piped!.time),
      String(piped!.count),
    ])
  }
  return {
    title: 'RxJS: logMel → pool1d(stats, 1 s every 100 ms) → globalPool(max) of half a minute',
    head: ['blocks of', 'stream, × machines by hand', 'goal', 'by hand, ms', 'stream, ms', 'runs'],
    rows,
  }
}
