// The voice in the sound: how loud it is, and its pitch, as a line over the waterfall.
import { chain, type Frames, lufs, pitch, spanOf } from 'poolwise'
import { merge, type Observable, tap } from 'rxjs'
import { seconds } from './strip.ts'

/** What is told anew so often. */
const hop = '50ms'

/** Where a frequency lies on an axis, from 0 at its lower end to 1. */
export type Axis = (hertz: number) => number

export class Voice {
  readonly #canvas: HTMLCanvasElement
  readonly #context: CanvasRenderingContext2D
  /** Times of day, and the pitch then; 0 without a voice. */
  #track: { readonly time: number; readonly hertz: number }[] = []
  /** In LUFS. */
  loudness = -Infinity

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas
    this.#context = canvas.getContext('2d')!
  }

  /** Listens as long as somebody listens to it. */
  hear(samples$: Observable<Frames>): Observable<unknown> {
    this.clear()
    const loudness$ = samples$.pipe(
      lufs({ hop }),
      tap(({ data }) => {
        this.loudness = data.at(-1) ?? this.loudness
      }),
    )
    return merge(
      loudness$,
      samples$.pipe(
        chain(pitch()),
        tap((frames) => this.#take(frames)),
      ),
    )
  }

  /** In hertz; 0 without a voice. */
  get pitch(): number {
    return this.#track.at(-1)?.hertz ?? 0
  }

  clear(): void {
    this.#track = []
    this.loudness = -Infinity
  }

  /** Draws the line of the seconds up to `now`; none where the axis has no frequencies. */
  draw(now: number, axis: Axis | undefined): void {
    const { clientWidth, clientHeight } = this.#canvas
    const [width, height] = [clientWidth, clientHeight].map((size) => Math.max(Math.round(size * devicePixelRatio), 1)) as [number, number]
    if (this.#canvas.width !== width) this.#canvas.width = width
    if (this.#canvas.height !== height) this.#canvas.height = height
    const context = this.#context
    context.clearRect(0, 0, width, height)
    if (!axis) return
    context.beginPath()
    let drawn = false
    for (const { time, hertz } of this.#track) {
      const at = [width * (1 - (now - time) / seconds), height * (1 - axis(hertz))] as const
      if (hertz > 0 && drawn) context.lineTo(...at)
      else if (hertz > 0) context.moveTo(...at)
      drawn = hertz > 0
    }
    const style = getComputedStyle(this.#canvas)
    context.lineJoin = 'round'
    // Seen on every color of the waterfall.
    for (const [part, color] of [
      [4, style.color],
      [2, style.getPropertyValue('accent-color')],
    ] as const) {
      context.lineWidth = part * devicePixelRatio
      context.strokeStyle = color
      context.stroke()
    }
  }

  #take(frames: Frames): void {
    for (let i = 0; i < frames.length; i++) {
      const [from, to] = spanOf(frames, frames.start + i)
      this.#track.push({ time: (from + to) / 2, hertz: frames.data[i]! })
    }
    const oldest = (this.#track.at(-1)?.time ?? 0) - 2 * seconds
    while (this.#track.length > 0 && this.#track[0]!.time < oldest) this.#track.shift()
  }
}
