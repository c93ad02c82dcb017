// What the worker test runs in a page, and some of it in Node beside it. Bundled for the page, as a module.
import { globalPool, kernelsReady, logMel, pool1d, type Stage, toVectors, type Vector } from 'poolwise'
import { decodeAudio, microphone } from 'poolwise/audio'
import { inWorker, messagePort, toMessagePort } from 'poolwise/workers'
import { firstValueFrom, type Observable, take, toArray } from 'rxjs'
import { hex, played, watched } from './scenes.ts'

export const stages: readonly Stage[] = [logMel({ bands: 80 }), pool1d(['mean', 'std', 'max'], { size: '200ms', stride: '50ms' })]

const worker = () => new Worker('/worker.js', { type: 'module' })
const digits = (vectors: Observable<Vector>): Promise<string[]> =>
  firstValueFrom(vectors.pipe(toArray())).then((all) => all.map(({ start, end, vector }) => `${start} ${end} ${hex(vector)}`))

/** A file's vectors, in the main thread and in a worker. */
export async function ofFile(url: string): Promise<{ here: string[]; there: string[]; kernels: boolean }> {
  const file = await (await fetch(url)).arrayBuffer()
  return {
    here: await here(file),
    there: await digits(decodeAudio(file).pipe(inWorker({ stages }, { worker }))),
    kernels: await kernelsReady(),
  }
}

export function here(file: ArrayBuffer): Promise<string[]> {
  const [mel, pool] = stages as [ReturnType<typeof logMel>, ReturnType<typeof pool1d>]
  return digits(decodeAudio(file).pipe(mel, pool, toVectors()))
}

/** So many vectors of the microphone in a worker, with the tap of that address; and what was open while, and after. */
export async function ofMicrophone(count: number): Promise<{ vectors: Vector[]; tracks: string[] }> {
  const { tracks } = watched()
  const vectors = await firstValueFrom(microphone({ module: '/tap.js' }).pipe(inWorker({ stages }, { worker }), take(count), toArray()))
  return { vectors, tracks: tracks.map(({ readyState }) => readyState) }
}

/** What a tap in the audio thread hears, of sound that is known. */
export async function tapped(): Promise<string> {
  return (await played(16000, { module: '/tap.js' })).heard
}

/** The vectors of a file over a MessagePort. */
export async function overPort(url: string): Promise<string[]> {
  const { port1, port2 } = new MessageChannel()
  const [mel, pool] = stages as [ReturnType<typeof logMel>, ReturnType<typeof pool1d>]
  decodeAudio(await (await fetch(url)).arrayBuffer())
    .pipe(toMessagePort(port1))
    .subscribe()
  return digits(messagePort(port2).pipe(mel, pool, toVectors()))
}

/** How a worker that is none, a pipeline that is none, and one with a source end. */
export async function endings(): Promise<string[]> {
  const sound = () => decodeAudio(new Uint8Array(0))
  const ending = (vectors: Observable<unknown>) => firstValueFrom(vectors).then(String, String)
  const missing = () => new Worker('/missing.js', { type: 'module' })
  const source = { source: 'audioFiles', inputs: ['a.wav'] } as const
  return [
    await ending(sound().pipe(inWorker({ stages }, { worker: missing }))),
    await ending(sound().pipe(inWorker({ stages: [{ stage: 'logMell' } as never] }, { worker }))),
    await ending(sound().pipe(inWorker({ stages }, { worker }))),
    await ending(inWorker({ source, stages: [globalPool('mean')] }, { worker })),
  ]
}
