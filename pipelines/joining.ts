// Frames among RxJS's operators: a stream that is shared, cut, chained, tried again, switched, grouped or laid beside another.
// Import what you need, or copy it; test/pipelines/joining.test.ts runs each on recordings and compares it with the same samples pooled at once.
import { eachSequence, type Frames, fromHere, globalPool, logMel, pool1d, restart, type Sequence, toVectors } from 'poolwise'
import { concat, concatMap, filter, from, groupBy, mergeMap, type Observable, of, retry, skip, switchMap, window } from 'rxjs'

type Frames$ = Observable<Frames>

/** Stages for all of them: a vector for each second. */
export const [mel, seconds] = [logMel({ bands: 40 }), pool1d('stats', { size: '1s' })]

/** `share`: who comes late has the windows of who was there before, from the next second on. `spectra$` is `microphone().pipe(mel, share())`. */
export const listening = (spectra$: Frames$) => spectra$.pipe(fromHere({ every: '1s' }), seconds, toVectors())

/** The same where samples are shared, and each listener has spectra of its own. */
export const listeningToSamples = (samples$: Frames$) => samples$.pipe(fromHere({ every: '1s' }), mel, seconds, toVectors())

/** `skip`, `skipWhile`, `skipUntil`: begins with what is left, at its time. */
export const withoutTheFirst = (samples$: Frames$, blocks: number) => samples$.pipe(skip(blocks), fromHere(), mel, seconds, toVectors())

/** `filter`, `throttleTime`, `sample`: what is left out is unseen, and the clock goes on. Spectra are filtered, not samples: a spectrum of half a frame would be none. */
export const where = (samples$: Frames$, wanted: (spectra: Frames) => boolean) =>
  samples$.pipe(mel, filter(wanted), fromHere(), seconds, toVectors())

/** `window`, `windowTime`, `buffer`: a vector from one click to the next. */
export const betweenClicks = (samples$: Frames$, clicks$: Observable<unknown>) =>
  samples$.pipe(
    window(clicks$),
    concatMap((part$) => part$.pipe(fromHere(), mel, globalPool('stats'), toVectors())),
  )

/** `concat`, `repeat`: each recording from a fresh start, as '0', '1', … */
export const oneAfterTheOther = (...recordings: Frames$[]) => concat(...recordings).pipe(restart(), eachSequence(mel, seconds), toVectors())

/** `retry`: a microphone that was unplugged goes on as another sequence. */
export const triedAgain = (microphone$: Frames$) =>
  microphone$.pipe(retry({ count: 5, delay: 100 }), restart(), eachSequence(mel, seconds), toVectors())

/** `switchMap`: what is picked is heard until the next pick. */
export const picked = (picks$: Observable<Frames$>) =>
  picks$.pipe(
    switchMap((samples$) => samples$),
    restart(),
    eachSequence(mel, seconds),
    toVectors(),
  )

/** `groupBy`: blocks of many senders in one stream, each with a machine of its own. */
export const bySender = (blocks$: Observable<{ readonly sender: string; readonly block: Frames }>) =>
  blocks$.pipe(
    groupBy(({ sender }) => sender, { element: ({ block }) => block }),
    mergeMap((frames) => of({ id: frames.key, frames: frames.pipe(fromHere()) }).pipe(eachSequence(mel, seconds))),
    toVectors(),
  )

/**
 * `merge` of two microphones: their vectors, as they come, by their ids. Frames of two are never merged: each has a clock of its own, and the clocks drift apart, so that samples of
 * one can stand beside those of the other only where one device has both as its channels. `microphone({ clock: 'wall' })` puts the vectors of both on one axis.
 */
export const sideBySide = (...microphones: Sequence[]) =>
  from(microphones).pipe(
    mergeMap((sequence) => of(sequence).pipe(eachSequence(mel, seconds))),
    toVectors(),
  )
