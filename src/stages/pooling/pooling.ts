import { boolean, integer, known, number, oneOf, refusal } from '../../core/check.ts'
import { inFrames, type Size } from '../../core/duration.ts'
import type { Clock, Layout } from '../../core/frames.ts'
import type { Pooling } from '../../core/pooling.ts'
import type { Plan, Stage, StageSpec } from '../../core/stage.ts'
import {
  type AdaptiveRule,
  adaptiveRules,
  adaptiveWindows,
  checkWindow,
  type Dialect,
  listsOf,
  outputLength,
  resolveWindow,
  spanTaps,
  type WindowOptions,
  windowOptions,
} from '../../core/window.ts'
import { type PoolingLike, poolingOf } from '../../poolings/named.ts'
import { type Bins, everyBin, fitted, pooledBins, windowedBins } from '../../windows/bins.ts'
import { planChannels } from '../../windows/channels.ts'
import { planFire } from '../../windows/fire.ts'
import { planGlobal } from '../../windows/global.ts'
import { planPanes } from '../../windows/panes.ts'
import { planWindows } from '../../windows/planWindows.ts'
import { type Level, planPyramid } from '../../windows/pyramid.ts'
import { planAdaptive } from '../../windows/regions.ts'
import { planSegments } from '../../windows/segments.ts'
import { planTree } from '../../windows/spanTree.ts'

// Outputs whose number is given: more is a mistake, found before memory runs out.
const most = 2 ** 20

/** One value for both axes, or a pair for time and bins. */
export type Pair<Value> = Value | readonly [time: Value, bins: Value]

/** Windows over time × bins. The size over bins is a number of bins; over time it may be a duration. */
export interface WindowOptions2d {
  size: number | readonly [time: Size, bins: number]
  stride?: number | readonly [time: Size, bins: number]
  dilation?: Pair<number>
  /** 'valid', 'same', or for time and bins each a number or a pair `[before, after]`. */
  padding?:
    | 'valid'
    | 'same'
    | 'same-lower'
    | number
    | readonly [time: number | readonly [number, number], bins: number | readonly [number, number]]
  includePad?: boolean
  partial?: 'drop' | 'keep'
  dialect?: Dialect
}

/**
 * In PyTorch padding counts in means, unless it is said not to. A list has one window for all, so there it must be said; a position in padding is none.
 */
export function padded<Options extends { dialect?: Dialect; includePad?: boolean; padding?: unknown }>(
  who: string,
  options: Options,
  { spec, positional }: Pooling,
): Options {
  const { dialect, includePad, padding = 'valid' } = options
  const names = JSON.stringify(spec)
  if (includePad && positional) throw refusal(who, 'includePad must be false where positions are asked for', includePad)
  if (dialect !== 'torch' || includePad !== undefined || !names.includes('"mean"') || padding === 'valid' || padding === 0) return options
  if (spec !== 'mean')
    throw new TypeError(`${who}: with dialect 'torch' expected includePad, true or false, for a mean among ${names}, got neither`)
  return { ...options, includePad: true }
}

/** A stage whose pooling is known and fits the layouts it will meet. */
function stage(
  name: string,
  like: PoolingLike,
  options: object,
  plan: (input: Layout, pooling: Pooling, spec: StageSpec) => ReturnType<Stage['plan']>,
): Stage {
  const pooling = poolingOf(like, name)
  const spec = { stage: name, pooling: pooling.spec, ...options } as StageSpec
  return {
    spec,
    plan(input) {
      return plan(input, pooling, spec)
    },
  }
}

export function pool1d(pooling: PoolingLike, options: WindowOptions): Stage {
  checkWindow('pool1d', options)
  return stage('pool1d', pooling, options, (input, pool, spec) =>
    planWindows(spec, input, pool, everyBin(input), resolveWindow('pool1d', padded('pool1d', options, pool), input.clock)),
  )
}

export function pool2d(pooling: PoolingLike, options: WindowOptions2d): Stage {
  known('pool2d', options, windowOptions)
  const [time, bins] = axes(options)
  checkWindow('pool2d', time)
  checkWindow('pool2d', bins)
  if (typeof bins.size === 'string' || typeof bins.stride === 'string')
    throw refusal('pool2d', 'size and stride over bins must be numbers of bins', bins.size)
  return stage('pool2d', pooling, options, (input, pool, spec) => {
    const window = resolveWindow('pool2d', padded('pool2d', bins, pool), undefined)
    if (outputLength(window, input.bins) === 0)
      throw refusal('pool2d', `a window of ${window.extent} bins must fit into the ${input.bins} bins of the input`, window.extent)
    return planWindows(spec, input, pool, windowedBins(input, window), resolveWindow('pool2d', padded('pool2d', time, pool), input.clock))
  })
}

export function globalPool2d(pooling: PoolingLike, options: Record<string, never> = {}): Stage {
  known('globalPool2d', options, [])
  return stage('globalPool2d', pooling, {}, (input, pool, spec) => planGlobal(spec, input, pool, adaptiveBins(input, 1)))
}

export function channelPool(pooling: PoolingLike, options: Record<string, never> = {}): Stage {
  known('channelPool', options, [])
  return stage('channelPool', pooling, {}, (input, pool, spec) => planChannels(spec, input, pool))
}

/** How a sequence is cut into a given number of windows. */
export interface AdaptiveOptions {
  rule?: AdaptiveRule
  /** true refuses sequences whose length is not known; by default their windows may be off by a 16th. */
  exact?: boolean
}

export function adaptivePool1d(pooling: PoolingLike, options: AdaptiveOptions & { size: number }): Stage {
  const rule = checkAdaptive('adaptivePool1d', options)
  const size = integer('adaptivePool1d', 'size', options.size, 1, most)
  return stage('adaptivePool1d', pooling, options, (input, pool, spec) =>
    adaptive(spec, input, pool, everyBin(input), size, rule, options.exact),
  )
}

export function adaptivePool2d(pooling: PoolingLike, options: AdaptiveOptions & { size: Pair<number> }): Stage {
  const rule = checkAdaptive('adaptivePool2d', options)
  const [time, bins] = pair(options.size).map((size) => integer('adaptivePool2d', 'size', size, 1, most)) as [number, number]
  return stage('adaptivePool2d', pooling, options, (input, pool, spec) =>
    adaptive(spec, input, pool, adaptiveBins(input, bins, rule), time, rule, options.exact),
  )
}

function checkAdaptive(who: string, options: AdaptiveOptions): AdaptiveRule {
  known(who, options, ['size', 'rule', 'exact'])
  boolean(who, 'exact', options.exact ?? false)
  return oneOf(who, 'rule', options.rule ?? 'torch', adaptiveRules)
}

function adaptive(
  spec: StageSpec,
  input: Layout,
  pooling: Pooling,
  bins: Bins,
  count: number,
  rule: AdaptiveRule,
  exact: boolean | undefined,
): Plan {
  if (input.length === undefined) {
    if (exact) throw new TypeError(`${spec.stage}: exact windows need a sequence of known length, got one of unknown length`)
    // What keeps all values keeps them anyway, and the other rules have windows of one size.
    if (rule === 'torch' && !pooling.keeps) return planPanes(spec, input, fitted(pooling, bins, Infinity), bins, count)
  }
  return planAdaptive(spec, input, pooling, bins, count, rule)
}

export function segmentPool(pooling: PoolingLike, options: { min?: Size; max?: Size; unseen?: 'drop' | 'keep' } = {}): Stage {
  known('segmentPool', options, ['min', 'max', 'unseen'])
  const { min = 1, max } = options
  const keep = oneOf('segmentPool', 'unseen', options.unseen ?? 'drop', ['drop', 'keep']) === 'keep'
  const sizes = (clock: Clock | undefined): [number, number] => {
    const least = inFrames('segmentPool', 'min', min, clock)
    const longest = max === undefined ? Infinity : inFrames('segmentPool', 'max', max, clock)
    if (longest < least && (clock || typeof min === typeof max)) throw refusal('segmentPool', `max must be at least min, ${min}`, max)
    return [least, longest]
  }
  sizes(undefined)
  return stage('segmentPool', pooling, options, (input, pool, spec) =>
    planSegments(spec, input, pool, everyBin(input), ...sizes(input.clock), keep),
  )
}

export function firePool(pooling: PoolingLike, options: { threshold?: number; tail?: number; lane?: number } = {}): Stage {
  known('firePool', options, ['threshold', 'tail', 'lane'])
  const threshold = number('firePool', 'threshold', options.threshold ?? 1, { above: 0 })
  const tail = number('firePool', 'tail', options.tail ?? threshold / 2, { min: 0 })
  const lane = options.lane === undefined ? undefined : integer('firePool', 'lane', options.lane, 0)
  return stage('firePool', pooling, options, (input, pool, spec) => planFire(spec, input, pool, everyBin(input), threshold, tail, lane))
}

export function spanPool(pooling: PoolingLike, options: { spans: readonly (readonly [from: number, to: number])[] }): Stage {
  known('spanPool', options, ['spans'])
  if (!Array.isArray(options.spans)) throw refusal('spanPool', 'spans must be a list of pairs such as [[0, 12], [6, 18]]', options.spans)
  const spans = options.spans.map((span) => {
    if (!Array.isArray(span) || span.length !== 2) throw refusal('spanPool', 'a span must be a pair of frames such as [0, 12]', span)
    const from = integer('spanPool', "a span's first frame", span[0], 0)
    return [from, integer('spanPool', "a span's end", span[1], from + 1)] as const
  })
  return stage('spanPool', pooling, { spans }, (input, pool, spec) => planTree(spec, input, pool, everyBin(input), spans))
}

export function pyramidPool(pooling: PoolingLike, options: { levels?: readonly number[] } = {}): Stage {
  return pyramid('pyramidPool', pooling, options, (input, count) => ({ count, bins: everyBin(input), cells: [''] }))
}

export function pyramidPool2d(pooling: PoolingLike, options: { levels?: readonly number[] } = {}): Stage {
  return pyramid('pyramidPool2d', pooling, options, (input, count) => ({
    count,
    bins: adaptiveBins(input, count),
    cells: Array.from({ length: count }, (_, j) => `bin${j + 1}of${count}`),
  }))
}

function pyramid(
  who: string,
  pooling: PoolingLike,
  options: { levels?: readonly number[] },
  levelOf: (input: Layout, count: number) => Level,
): Stage {
  const levels = checkLevels(who, options)
  return stage(who, pooling, { levels }, (input, pool, spec) =>
    planPyramid(
      spec,
      input,
      pool,
      levels.map((count) => levelOf(input, count)),
    ),
  )
}

function checkLevels(who: string, options: { levels?: readonly number[] }): readonly number[] {
  known(who, options, ['levels'])
  const levels = options.levels ?? [1, 2, 4]
  if (!Array.isArray(levels) || levels.length === 0) throw refusal(who, 'levels must be a list such as [1, 2, 4]', levels)
  return levels.map((level) => integer(who, 'a level', level, 1, 4096))
}

function adaptiveBins(input: Layout, count: number, rule: AdaptiveRule = 'torch'): Bins {
  const wide = spanTaps(adaptiveWindows(rule, count, input.bins))
  return pooledBins(input, listsOf(wide), wide)
}

function pair<Value>(value: Pair<Value>): readonly [Value, Value] {
  return Array.isArray(value) ? (value as unknown as [Value, Value]) : [value as Value, value as Value]
}

/** The options of each axis. */
function axes({ size, stride, dilation, padding, ...both }: WindowOptions2d): [WindowOptions, WindowOptions] {
  const each = {
    size: pair<Size>(size),
    stride: stride === undefined ? undefined : pair<Size>(stride),
    dilation: pair(dilation ?? 1),
    padding: pair<Exclude<WindowOptions['padding'], undefined>>(padding ?? 'valid'),
  }
  for (const [name, values] of Object.entries(each)) {
    if (values !== undefined && values.length !== 2)
      throw refusal('pool2d', `${name} must be one value or a pair for time and bins`, values)
  }
  const axis = (i: 0 | 1): WindowOptions => ({
    size: each.size[i],
    ...(each.stride && { stride: each.stride[i] }),
    dilation: each.dilation[i],
    padding: each.padding[i],
    ...both,
  })
  return [axis(0), axis(1)]
}
