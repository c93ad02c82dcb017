// What the page listens to: a microphone, or a file or the sample as if it were heard now. All are live frames at 16 kHz that tell the time of day.
import { type Frames, slice, wallTime } from 'poolwise'
import { decodeAudio, microphone, type TapStats } from 'poolwise/audio'
// A file, since the page's policy forbids data: URLs.
import tap from 'poolwise/tap.js?worker&url'
import { defer, Observable, switchMap, toArray } from 'rxjs'

/** Milliseconds from one block of a file to the next. */
const beat = 20

/**
 * @param deviceId as `enumerateDevices` has it; empty for the browser's choice
 * @param stats told how much waits and how much was lost
 */
export function fromMicrophone(deviceId: string, stats: (stats: TapStats) => void): Observable<Frames> {
  return microphone({ clock: 'wall', module: tap, stats, ...(deviceId && { constraints: { deviceId: { exact: deviceId } } }) })
}

/** A file of sound at the pace at which it would be heard, from the moment it is decoded. */
export function fromFile(file: File): Observable<Frames> {
  return decodeAudio(file).pipe(
    toArray(),
    switchMap((blocks) => paced(blocks)),
  )
}

/** A few spoken words at their pace; they are loaded when they are wanted. */
export function fromSample(): Observable<Frames> {
  return defer(() => import('./sample.ts')).pipe(
    switchMap(({ sample$ }) => sample$),
    switchMap((block) => paced([block])),
  )
}

function paced(blocks: readonly Frames[]): Observable<Frames> {
  return new Observable((subscriber) => {
    const began = wallTime()
    let [next, from] = [0, 0]
    const timer = setInterval(() => {
      while (next < blocks.length) {
        const { length: _, ...layout } = blocks[next]!.layout
        const block: Frames = { ...blocks[next]!, layout: { ...layout, live: true, clock: { ...layout.clock, start: began } } }
        const due = Math.floor((wallTime() - began) / layout.clock.hop!) - block.start
        const to = Math.min(due, block.length)
        if (to > from) subscriber.next(slice(block, from, to))
        from = Math.max(from, to)
        if (from < block.length) return
        next++
        from = 0
      }
      subscriber.complete()
    }, beat)
    return () => clearInterval(timer)
  })
}
