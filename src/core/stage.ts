import { DataError, type Json, refusal, show, tried } from './check.ts'
import { checkBlock, checkFrames, checkLayout, type Frames, join, type Layout, type Values } from './frames.ts'
import { type Saved, seal, unsealed, version } from './saved.ts'

/** A stage as plain JSON: its name and its options. */
export interface StageSpec {
  readonly stage: string
  readonly [option: string]: Json
}

/** Frames → Frames: what to do with a sequence, before any sequence is there. */
export interface Stage {
  readonly spec: StageSpec
  /**
   * What the stage will give for such input.
   * @throws RangeError or TypeError where the stage's options do not fit the layout.
   */
  plan(input: Layout): Plan
}

/** What one output frame takes of the input, in input frames. */
export interface Reach {
  /** Input frames that one output frame sees; Infinity for all of them. */
  readonly size: number
  /** Input frames from one output frame to the next; Infinity where there is only one. */
  readonly stride: number
  /** Input frames after an output frame's first one that must have arrived before it is emitted. */
  readonly latency: number
  /** Where windows are of time: how long one is, and from one to the next, in seconds. How many frames that is, nobody knows. */
  readonly seconds?: { readonly size: number; readonly stride: number }
  /** Whether a frame is made of those that it sees alone, wherever in the sequence they are: a machine that begins later gives the same bits once it has seen so many. */
  readonly local?: true
}

/** How machines that saw pieces of one sequence become the machine that saw all of it, to the bit. */
export interface Joining {
  /** Pieces have this many frames times a power of two, the same for all of them, but for the last, which may be shorter. */
  readonly every: number
  /** The states of such pieces, in their order, as one. */
  join(states: readonly Saved[]): Saved
}

export interface Plan {
  readonly layout: Layout
  /** 'end' where nothing can be emitted before the whole sequence is there. */
  readonly needs?: 'end'
  readonly reach: Reach
  /** Where a long sequence can be pooled in pieces, each by a machine of its own. */
  readonly joining?: Joining
  /**
   * The machine alone: it trusts what it is given. {@link open} gives one that checks its frames and its saved state.
   * @throws TypeError where the saved state is of another version or of another stage.
   */
  open(saved?: Saved): Machine
}

/** A stage at work on one sequence. Pushing block by block gives the bits of pushing everything at once. */
export interface Machine {
  push(frames: Frames<Values>): Frames | undefined
  /** What `close` would give now; changes nothing. */
  peek(): Frames | undefined
  /** The state, to go on later or elsewhere; plain data for structuredClone. */
  save(): Saved
  /** What is left at the end of the sequence. */
  close(): Frames | undefined
}

/** A machine as its stage writes it. */
export interface Running<In extends Frames<Values> = Frames> {
  push(frames: In): Frames | undefined
  /** Told whether the sequence ends or somebody looks at a copy before it does. */
  close(early: boolean): Frames | undefined
}

/**
 * A plan from the two things a stage has to say: what its live state is at the start, and what a machine does with it.
 * `start` is plain data (structuredClone copies it) that the machine changes in place, so saving, restoring and peeking are the same for all.
 * A machine made of machines writes their states into the live one when asked to `settle`.
 */
export function planOf<Live extends object>(options: {
  spec: StageSpec
  input: Layout
  layout: Layout
  reach: Reach
  needs?: 'end'
  start: () => Live
  /** Whether the machine takes float64 frames as they are; else it gets them rounded to float32. */
  wide?: true
  run: (live: Live) => Running & { settle?(): void }
}): Plan {
  const { spec, input, layout, reach, needs, wide, start, run } = options
  const of = () => JSON.stringify([spec, input.planes, input.bins, input.channels, input.clock, input.length ?? null])
  const begin = (saved?: Saved) => {
    const live = saved === undefined ? start() : restore<Live>(saved, of(), spec)
    return { live, machine: run(live) }
  }
  const open = (saved?: Saved): Machine => {
    const { live, machine } = begin(saved)
    const save = (): Saved => {
      machine.settle?.()
      return { version, of: of(), state: structuredClone(live) }
    }
    const push = wide ? machine.push : (frames: Frames<Values>) => machine.push(single(frames))
    return { push, save, close: () => machine.close(false), peek: () => begin(save()).machine.close(true) }
  }
  return { layout, reach, open, ...(needs && { needs }) }
}

/** Float64 frames rounded to float32; others as they are. */
function single(frames: Frames<Values>): Frames {
  return frames.data instanceof Float32Array ? (frames as Frames) : { ...frames, data: Float32Array.from(frames.data) }
}

function restore<Live>(saved: Saved, of: string, spec: StageSpec): Live {
  if (saved?.version !== version)
    throw new TypeError(`${spec.stage}: saved state must be of version ${version}, got ${show(saved?.version)}`)
  if (saved.of !== of) throw new TypeError(`${spec.stage}: saved state must be of ${of}, got one of ${String(saved.of)}`)
  return structuredClone(saved.state) as Live
}

/** Of what sees one frame at a time. */
const alone: Reach = { size: 1, stride: 1, latency: 0, local: true }

/** A plan for a stage without memory: each block maps to a block of as many frames. */
export function memoryless(spec: StageSpec, input: Layout, layout: Layout, push: (frames: Frames) => Frames): Plan {
  return planOf({
    spec,
    input,
    layout,
    reach: alone,
    start: () => ({}),
    run: () => ({ push, close: () => undefined }),
  })
}

/** A memoryless plan that changes the data alone. */
export function pointwise(spec: StageSpec, input: Layout, layout: Layout, map: (frames: Frames) => Float32Array): Plan {
  return memoryless(spec, input, layout, (frames) => ({ ...frames, layout, data: map(frames) }))
}

/**
 * A plan that keeps the frames until the sequence ends, and then gives what `make` makes of all of them; `early` where somebody looks before the end.
 * Memory: the whole input.
 * @throws TypeError for a live source, which has no end
 */
export function atEnd(
  { stride = Infinity, ...plan }: { spec: StageSpec; input: Layout; layout: Layout; stride?: number; wide?: true },
  make: (all: Frames | undefined, early: boolean) => Frames | undefined,
): Plan {
  if (plan.input.live) throw new TypeError(`${plan.spec.stage}: expected a sequence that ends, got a live source`)
  return planOf({
    ...plan,
    needs: 'end',
    reach: { size: Infinity, stride, latency: Infinity },
    start: (): { kept: Frames[] } => ({ kept: [] }),
    run: ({ kept }) => ({
      push(frames) {
        kept.push(frames)
        return undefined
      },
      close: (early) => make(join(kept), early),
    }),
  })
}

/** Makes a stage that must know the sequence's length run without it, at the end. The result is bit for bit that of a known length. */
export function untilEnd(spec: StageSpec, input: Layout, planKnown: (known: Layout) => Plan): Plan {
  const { length: _, ...layout } = planKnown({ ...input, length: 0 }).layout
  return atEnd({ spec, input, layout, wide: true }, (all: Frames<Values> = nothing(input)) => {
    const known = { ...input, length: all.length }
    const machine = planKnown(known).open()
    const head = all.length > 0 ? machine.push({ ...all, layout: known }) : undefined
    const out = join([head, machine.close()])
    return out && { ...out, layout }
  })
}

/** No frames of a layout. */
export function nothing(layout: Layout, start = 0): Frames {
  return { layout, start, length: 0, data: new Float32Array(0), ...(layout.clock.hop === undefined && { spans: new Float64Array(0) }) }
}

/** Refuses what is no stage. */
export function checkStage(who: string, stage: Stage): void {
  if (!tried(stage, ({ spec, plan }) => typeof spec.stage === 'string' && typeof plan === 'function'))
    throw refusal(who, 'expected a stage', stage)
}

/** What a stage plans for a layout, neither of which need be what it should. */
export function planned(stage: Stage, input: Layout): Plan {
  const who = stage.spec.stage
  checkLayout(who, input)
  const plan = stage.plan(input)
  if (!tried(plan, ({ open, layout }) => layout && open)) throw refusal(who, 'expected a plan', plan)
  return plan
}

/** Stages one after the other as one stage. */
export function chain(...stages: Stage[]): Stage {
  for (const stage of stages) checkStage('chain', stage)
  const spec: StageSpec = { stage: 'chain', stages: stages.map((stage) => stage.spec) }
  return {
    spec,
    plan(input) {
      const plans: Plan[] = []
      let layout = input
      for (const stage of stages) {
        const plan = planned(stage, layout)
        plans.push(plan)
        layout = plan.layout
      }
      return planTogether({ spec, input, layout, reach: plans.map((plan) => plan.reach).reduce(compose, alone) }, plans, (machines) => {
        const through = (frames: Frames<Values> | undefined, from: number): Frames | undefined => {
          const last = machines.slice(from).reduce((given, machine) => given && machine.push(given), frames)
          // With no stage at all, what comes goes.
          return last as Frames | undefined
        }
        return {
          push: (frames) => through(frames, 0),
          // Closing one machine can give a block to the next, which is closed after it has seen that block.
          close: (early) => join(machines.map((machine, i) => through(machine.close(early), i + 1))),
        }
      })
    },
  }
}

/** A plan of several machines at work together, each closed as the whole is. */
export function planTogether(
  plan: { spec: StageSpec; input: Layout; layout: Layout; reach: Reach },
  parts: readonly Plan[],
  run: (machines: readonly Running<Frames<Values>>[]) => Running,
): Plan {
  return planOf({
    ...plan,
    ...(parts.some(({ needs }) => needs) && { needs: 'end' as const }),
    wide: true,
    start: (): { parts: Saved[] | undefined } => ({ parts: undefined }),
    run(live) {
      const machines = parts.map((part, i) => part.open(live.parts?.[i]))
      return {
        ...run(machines.map((machine) => ({ push: machine.push, close: (early) => (early ? machine.peek() : machine.close()) }))),
        settle() {
          live.parts = machines.map((machine) => machine.save())
        },
      }
    },
  })
}

function compose(before: Reach, after: Reach): Reach {
  const steps = (n: number) => (n === 0 ? 0 : n * before.stride)
  return {
    size: before.size + steps(after.size - 1),
    stride: before.stride * after.stride,
    latency: before.latency + steps(after.latency),
    ...(before.local && after.local && { local: true }),
  }
}

function shapeOf({ planes, bins, channels }: Layout): string {
  return `${planes} × ${bins} × ${channels}`
}

/**
 * A plan that trusts nobody: refuses blocks that leave a gap, overlap, have another layout, or weights that are none.
 * It stands where frames enter poolwise; between the stages of a chain nothing is checked twice.
 */
export function guarded(who: string, plan: Plan, input: Layout): Plan {
  return planOf({
    ...plan,
    spec: { stage: who },
    input,
    wide: true,
    start: (): { next: number; inner: Saved | undefined } => ({ next: 0, inner: undefined }),
    run(live) {
      const machine = plan.open(live.inner)
      return {
        push(frames) {
          checkBlock(who, frames)
          const { start: frame, layout } = frames
          const refuse = (expected: string, got: string) => {
            throw new DataError(`${who}: expected ${expected}, got ${got}`, { frame })
          }
          if (frame !== live.next) {
            const remedy = frame > live.next ? 'fromHere' : 'restart'
            refuse(`a block that starts at frame ${live.next}`, `${frame}; see ${remedy}()`)
          }
          if (layout !== input && shapeOf(layout) !== shapeOf(input)) refuse(`frames of ${shapeOf(input)}`, shapeOf(layout))
          live.next += frames.length
          return machine.push(frames)
        },
        close: (early) => (early ? machine.peek() : machine.close()),
        settle: () => {
          live.inner = machine.save()
        },
      }
    },
  })
}

/**
 * A stage at work on one sequence by hand: block by block, to be looked at, saved and gone on with.
 *
 * Shape: Frames of `layout` in; out what the stage gives. Saved states are plain data for structuredClone, and carry what they belong to and a checksum. That tells a damaged
 * state, not a forged one: open only states that you have written yourself, as you would run only your own code.
 *
 * @param saved what another machine of the same stage and layout saved, by `save`
 * @throws RangeError or TypeError where the stage does not fit the layout, or the saved state is of another or was changed; DataError from `push` for blocks that leave a gap,
 * have another layout, or do not fit together
 * @example
 * open(globalPool('mean'), frames([1, 2, 6]).layout).peek().weights // 0
 */
export function open(stage: Stage, layout: Layout, saved?: Saved): Machine {
  checkStage('open', stage)
  const who = stage.spec.stage
  const machine = guarded(who, planned(stage, layout), layout).open(saved === undefined ? saved : unsealed(who, saved))
  return { ...machine, save: () => seal(machine.save()) }
}

/**
 * Runs stages over one whole sequence at hand, without a stream.
 *
 * Frames → Frames. Where the stages give nothing (an input shorter than a window), the result has length 0 and the layout the stages promise.
 *
 * @throws RangeError or TypeError where the stages do not fit the input; DataError where weights are negative or not finite.
 * @example
 * apply(frames([1, 5, 2, 4], { hop: 0.01 }), pool1d('max', { size: 2 })).data // Float32Array [5, 4]
 */
export function apply(input: Frames<Values>, ...stages: Stage[]): Frames {
  checkFrames('apply', input)
  for (const stage of stages) checkStage('apply', stage)
  const layout = { ...input.layout, length: input.length }
  const plan = chain(...stages).plan(layout)
  const machine = guarded('apply', plan, layout).open()
  return join([machine.push(input), machine.close()]) ?? nothing(plan.layout)
}
