import { Observable } from 'rxjs'
import { known, refusal, tried } from '../../core/check.ts'
import type { Frames } from '../../core/frames.ts'
import { checked, type Given, read } from '../../core/options.ts'
import { audioNode, tapOptions } from './tap.ts'

/** MediaTrackConstraints, by their names; what may be wanted of each is the browser's to say. */
export interface TrackConstraints {
  readonly deviceId?: unknown
  readonly groupId?: unknown
  readonly echoCancellation?: unknown
  readonly noiseSuppression?: unknown
  readonly autoGainControl?: unknown
  readonly channelCount?: unknown
  readonly sampleRate?: unknown
  readonly sampleSize?: unknown
}

export const microphoneOptions = {
  ...tapOptions,
  /** For getUserMedia: the device, or processing that is wanted after all. */
  constraints: checked<TrackConstraints>({ type: 'object' }, (who, name, value) => {
    const own = tried(value, (given) => typeof given === 'object' && given !== null && { ...given })
    if (own) return own
    throw refusal(who, `${name} must be an object of constraints`, value)
  }).optional(),
}

export type MicrophoneOptions = Given<typeof microphoneOptions>

/** What a browser does to a voice for a telephone call would change the features. */
const unprocessed: MediaTrackConstraints = { echoCancellation: false, noiseSuppression: false, autoGainControl: false }

/**
 * The microphone as frames; in browsers. Echo cancellation, noise suppression and gain control are off.
 *
 * Shape: sound → live Frames of 1 bin × `channels` at `rate`, the first block without frames; see {@link audioNode}. Subscribing asks for permission and opens the
 * microphone, unsubscribing closes it. Completes when the microphone is unplugged.
 *
 * @throws RangeError or TypeError for bad options; in the stream, what getUserMedia refuses, and a TypeError where there is no microphone interface at all.
 * @example
 * microphone().pipe(logMel({ bands: 40 }), pool1d('mean', { size: '1s' }))
 */
export function microphone(options: MicrophoneOptions = {}): Observable<Frames> {
  const { constraints, ...tap } = known('microphone', options, Object.keys(microphoneOptions))
  read('microphone', microphoneOptions, options)
  return new Observable((subscriber) => {
    listen({ ...unprocessed, ...(constraints as MediaTrackConstraints) })
      .then(({ stream, context }) => {
        subscriber.add(() => {
          for (const track of stream.getTracks()) track.stop()
          void context.close()
        })
        if (subscriber.closed) return
        for (const track of stream.getTracks()) track.addEventListener('ended', () => subscriber.complete())
        audioNode(context.createMediaStreamSource(stream), tap).subscribe(subscriber)
      })
      .catch((error: unknown) => subscriber.error(error))
  })
}

async function listen(audio: MediaTrackConstraints): Promise<{ stream: MediaStream; context: AudioContext }> {
  const devices: MediaDevices | undefined = globalThis.navigator?.mediaDevices
  if (devices === undefined)
    throw new TypeError(
      'microphone: expected navigator.mediaDevices, which browsers have on pages from https or localhost, got undefined; in Node, pipe a recorder into pcm(process.stdin, { rate })',
    )
  const stream = await devices.getUserMedia({ audio })
  const context = new AudioContext()
  // A browser may keep it suspended until the user touches the page.
  void context.resume()
  return { stream, context }
}
