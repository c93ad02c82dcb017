import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { type Frames, kernelsReady, type Machine } from '../../src/index.ts'
import { must } from './judge.ts'
import { blocksOf, digest, machineOf, type Pipe, pipeFor, whole } from './machines.ts'
import { nonsense, warped } from './nonsense.ts'
import { wellFormed } from './optionTargets.ts'
import type { Target } from './target.ts'

const shown = ({ specs, input }: Pipe) => `${input.length} frames, ${JSON.stringify(specs).slice(0, 300)}`
const through = (machine: Machine, blocks: readonly Frames[]) => [...blocks.map((block) => machine.push(block)), machine.close()]

/** Cutting, saving and looking change nothing; the input stays as it was. */
export const cutsAndSaves: Target = {
  name: 'laws',
  async open() {
    await kernelsReady()
    return (draws, note) => {
      const pipe = pipeFor(draws)
      if (!pipe) return
      note(shown(pipe))
      const before = digest([pipe.input])
      const expected = whole(pipe)
      const blocks = blocksOf(pipe.input, draws)
      const cut = digest(through(machineOf(pipe), blocks))
      must(cut === expected, () => `cut at ${blocks.map(({ start }) => start)}: ${cut}, whole: ${expected}`)
      const half = draws.below(blocks.length + 1)
      const first = machineOf(pipe)
      const head = blocks.slice(0, half).map((block) => first.push(block))
      first.peek()
      const saved = first.save()
      const on = digest([...head, ...through(first, blocks.slice(half))])
      must(on === expected, () => `looked at after ${half} blocks: ${on}, whole: ${expected}`)
      const restored = digest([...head, ...through(machineOf(pipe, structuredClone(saved)), blocks.slice(half))])
      must(restored === expected, () => `restored after ${half} blocks: ${restored}, whole: ${expected}`)
      must(digest([pipe.input]) === before, () => 'the input was changed')
    }
  },
}

/** Compiled kernels give the bits of plain code. */
export const kernelsOrNone: Target = {
  name: 'kernels',
  async open() {
    await kernelsReady()
    const register = `import { register } from ${JSON.stringify(import.meta.resolve('tsx/esm/api'))}; register()`
    const execArgv = ['--import', `data:text/javascript,${encodeURIComponent(register)}`]
    const plain = new Worker(new URL('./plain.ts', import.meta.url), { execArgv })
    await once(plain, 'message')
    return async (draws, note) => {
      const pipe = pipeFor(draws)
      if (!pipe) return
      note(shown(pipe))
      const answer = once(plain, 'message')
      plain.postMessage(draws.seed)
      let fast: string
      try {
        fast = whole(pipe)
      } catch (error) {
        fast = String(error)
      }
      const [slow] = (await answer) as [string]
      must(fast === slow, () => `with kernels: ${fast}, without: ${slow}`)
    }
  },
}

/** A saved state in which something is other than it was: refused, or gone on with to something that has the form of frames. */
export const savedStates: Target = {
  name: 'states',
  open: () => (draws, note) => {
    const pipe = pipeFor(draws)
    if (!pipe) return
    const blocks = blocksOf(pipe.input, draws)
    const half = draws.below(blocks.length + 1)
    const machine = machineOf(pipe)
    for (const block of blocks.slice(0, half)) machine.push(block)
    const { value, what } = warped(machine.save(), draws, nonsenseToClone)
    note(`${what}, ${shown(pipe)}`)
    for (const block of through(machineOf(pipe, value), blocks.slice(half))) wellFormed(block)
  },
}

/** Of what cannot be cloned no state is ever made. */
function nonsenseToClone(draws: Parameters<typeof nonsense>[0]): unknown {
  const value = nonsense(draws)
  return typeof value === 'function' || typeof value === 'symbol' ? null : value
}
