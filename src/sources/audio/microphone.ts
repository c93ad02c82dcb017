import { Observable, type Subscriber } from 'rxjs'
import { known, refusal, tried } from '../../core/check.ts'
import type { Frames } from '../../core/frames.ts'
import { checked, type Given, read } from '../../core/options.ts'
import { audioNode, type TappedNode, tapOptions } from './audioNode.ts'

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

/** What `microphone` needs of an AudioContext. */
export interface ListeningContext {
  createMediaStreamSource(stream: never): TappedNode
}

export const microphoneOptions = {
  ...tapOptions,
  /** For getUserMedia: the device, or processing that is wanted after all. */
  constraints: checked<TrackConstraints>({ type: 'object' }, (who, name, value) => {
    const own = tried(value, (given) => typeof given === 'object' && given !== null && { ...given })
    if (own) return own
    throw refusal(who, `${name} must be an object of constraints`, value)
  }).optional(),
  /** An AudioContext of the page's own, so that times on its clock can be told and sound scheduled by them; it stays open, and is the page's to resume. */
  context: checked<ListeningContext>({}, (who, name, value) => {
    const context = value as ListeningContext
    if (tried(context, ({ createMediaStreamSource }) => typeof createMediaStreamSource === 'function')) return context
    throw refusal(who, `${name} must be an AudioContext`, value)
  }).optional('one that is opened and closed with the microphone'),
}

export type MicrophoneOptions = Given<typeof microphoneOptions>

/** What a browser does to a voice for a telephone call would change the features. */
const unprocessed: MediaTrackConstraints = { echoCancellation: false, noiseSuppression: false, autoGainControl: false }

/**
 * The microphone as frames; in browsers. Echo cancellation, noise suppression and gain control are off.
 *
 * Shape: sound → live Frames of 1 bin × `channels` at `rate`, the first block without frames; see {@link audioNode}. Subscribing asks for permission and opens the
 * microphone, unsubscribing closes it. Completes when the microphone is unplugged. How times are told is the option `clock`: what a browser needs from the air to its graph is not in them.
 *
 * @throws RangeError or TypeError for bad options; in the stream, what getUserMedia refuses, and a TypeError where there is no microphone interface at all.
 * @example
 * microphone().pipe(logMel({ bands: 40 }), pool1d('mean', { size: '1s' }))
 */
export function microphone(options: MicrophoneOptions = {}): Observable<Frames> {
  const { constraints, context: given, ...tap } = known('microphone', options, Object.keys(microphoneOptions))
  read('microphone', microphoneOptions, options)
  return new Observable((subscriber) => {
    listen({ ...unprocessed, ...(constraints as MediaTrackConstraints) })
      .then((stream) => {
        const context = given ?? opened(subscriber)
        subscriber.add(() => {
          for (const track of stream.getTracks()) track.stop()
        })
        if (subscriber.closed) return
        for (const track of stream.getTracks()) track.addEventListener('ended', () => subscriber.complete())
        audioNode(context.createMediaStreamSource(stream as never), tap).subscribe(subscriber)
      })
      .catch((error: unknown) => subscriber.error(error))
  })
}

async function listen(audio: MediaTrackConstraints): Promise<MediaStream> {
  const devices: MediaDevices | undefined = globalThis.navigator?.mediaDevices
  if (devices === undefined)
    throw new TypeError(
      'microphone: expected navigator.mediaDevices, which browsers have on pages from https or localhost, got undefined; in Node, pipe a recorder into pcm(process.stdin, { rate })',
    )
  return devices.getUserMedia({ audio })
}

/** A context that is closed with the subscription. */
function opened(subscriber: Subscriber<Frames>): AudioContext {
  const context = new AudioContext()
  subscriber.add(() => context.close())
  // A browser may keep it suspended until the user touches the page.
  void context.resume()
  return context
}
