import type { MonoTypeOperatorFunction } from 'rxjs'
import { DataError } from '../core/check.ts'
import { duration, inFrames } from '../core/duration.ts'
import { checkBlock, type Frames, type Layout, lanesOf, slice, type Values } from '../core/frames.ts'
import { type Given, read } from '../core/options.ts'
import { relay } from './relay.ts'

const fromHereOptions = {
  /** Begins at a frame whose number, in the stream that is joined, is a multiple of this: the stride of the windows that follow, so that they are those of who listens from the start. */
  every: duration().default(1),
}

export type FromHereOptions = Given<typeof fromHereOptions>

/** The frame of a stream that becomes frame 0, and the layout from there on. */
export interface Joint {
  readonly from: number
  readonly layout: Layout
}

// Values of one block of unseen time: a gap of hours comes in as many blocks as hours of sound do.
const piece = 2 ** 14
/** Frames of a gap: 37 hours of samples at 16 kHz. A longer one is a mistake. */
const longest = 2 ** 31

/**
 * Joins a stream of frames wherever it is: what comes first becomes frame 0, as every stage expects, and keeps its time. For Frames after `share`, `skip`, `filter`, `window`.
 *
 * Shape: frames of planes × bins × channels, the first of any number → the same from frame 0 on. The clock's start is moved on, a known `length` is what is left; where
 * the clock is irregular spans stay as they are, and a `length` is not promised any more. No frames give none; the first block tells the layout, if only without frames.
 *
 * A block that starts later than the one before it ended leaves a gap, and a gap is unseen time: frames of weight 0, in blocks of at most 2¹⁴ values, so that clock and windows stay
 * true. An irregular clock has no such frames, and what follows a gap is numbered on.
 *
 * With `every` two that listen to one stream have the same windows from where the later one joins: `every: '1s'` before windows of 1 s. What remembers frames (filters, deltas,
 * a mean over the past) has to hear them first. To the bit they are the same where windows do not slide, that is up to six strides to a window; those that slide are summed by
 * halves of a window, and have the bits where `every` is as long as the window, and that an even number of strides.
 *
 * @throws RangeError or TypeError for a bad `every`, at once or where the clock has no such durations; a DataError in the stream for a block that starts before the last one
 * ended, or has another layout (there `restart()` begins a sequence), and for a gap of more than 2³¹ frames
 * @example
 * from(blocks(frames([1, 5, 2, 4, 3, 7]), 2)).pipe(skip(1), fromHere(), pool1d('max', { size: 4 })) // 7
 */
export function fromHere<Data extends Values = Float32Array>(options: FromHereOptions = {}): MonoTypeOperatorFunction<Frames<Data>> {
  const { every } = read('fromHere', fromHereOptions, options)
  return renumbered('fromHere', (first) => {
    const step = inFrames('fromHere', 'every', every, first.layout.clock)
    return jointAt(first.layout, Math.ceil(first.start / step) * step)
  })
}

/** Where frame `from` becomes frame 0. */
export function jointAt({ clock, length, ...layout }: Layout, from: number): Joint {
  const regular = clock.hop !== undefined
  return {
    from,
    layout: {
      ...layout,
      clock: regular ? { ...clock, start: clock.start + from * clock.hop } : clock,
      ...(regular && length !== undefined && { length: Math.max(0, length - from) }),
    },
  }
}

type ArrayOf<Data extends Values> = new (length: number) => Data

/** Time that nobody saw: `count` frames of weight 0 from frame `start` on, of a regular clock. */
export function* unseen<Data extends Values>(layout: Layout, start: number, count: number, Numbers: ArrayOf<Data>): Iterable<Frames<Data>> {
  const size = Math.max(1, Math.floor(piece / lanesOf(layout)))
  // Blocks are immutable, so that all share what is nowhere seen.
  const length = Math.min(size, count)
  const all = { layout, start: 0, length, data: new Numbers(length * lanesOf(layout)), weights: new Float32Array(length) }
  for (let at = 0; at < count; at += size) yield { ...slice(all, 0, Math.min(size, count - at)), start: start + at }
}

/** Numbers frames from a joint on, which the first block may tell. */
export function renumbered<Data extends Values>(
  who: string,
  jointFor: (first: Frames<Data>) => Joint,
): MonoTypeOperatorFunction<Frames<Data>> {
  return relay((out) => {
    let joint: Joint | undefined
    let of: Layout
    // Of the stream that is joined, and of what is given.
    let [expected, next] = [0, 0]

    return {
      next(block) {
        checkBlock(who, block)
        const { start, length, data } = block
        if (!Number.isSafeInteger(start) || start < expected)
          throw new DataError(`${who}: expected a block that starts at frame ${expected} or later, got ${start}; see restart()`, {
            frame: start,
          })
        if (!joint) {
          joint = jointFor(block)
          of = block.layout
          // Who comes late to what begins there has missed what is between.
          expected = Math.min(start, joint.from)
        }
        const { from, layout } = joint
        if (!alike(of, block.layout))
          throw new DataError(`${who}: expected frames of one layout, got another; see restart()`, { frame: start })
        const gap = start - Math.max(expected, from)
        if (gap > longest) throw new DataError(`${who}: expected a gap of at most 2³¹ frames, got ${gap}`, { frame: expected })
        expected = start + length
        if (gap > 0 && layout.clock.hop !== undefined) {
          for (const block of unseen(layout, next, gap, data.constructor as ArrayOf<Data>)) {
            if (out.closed) return
            out.next(block)
          }
          next += gap
        }
        const cut = Math.min(Math.max(0, from - start), length)
        out.next({ ...block, ...slice(block, cut, length), layout, start: next })
        next += length - cut
      },
    }
  })
}

/** Whether frames of both may follow one another: equal, if not the same object, as where blocks were copied from another thread. */
export function alike(one: Layout, other: Layout): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other)
}
