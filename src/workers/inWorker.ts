import { defer, mergeMap, Observable, type ObservableInput, type OperatorFunction } from 'rxjs'
import { isList, known, refusal, tried } from '../core/check.ts'
import type { Frames, Values } from '../core/frames.ts'
import { callback, type Given, list, plain, type Read, read, text } from '../core/options.ts'
import type { SourceSpec } from '../pipeline/sources.ts'
import type { StageLike } from '../stages/stageFrom.ts'
import type { Failure } from '../streams/eachSequence.ts'
import type { Vector } from '../streams/toVectors.ts'
import type { Items, Task } from './answering.ts'
import { sendOptions } from './line.ts'
import { sending } from './sending.ts'
import { hearEnd, ownThread, type Thread } from './thread.ts'
import { errorOf } from './told.ts'
import type { Answer } from './wire.ts'

const workerOptions = {
  /** Makes the worker, which runs `poolwise/worker.js`: where a bundler, or a page's policy, has it at an address of its own. Each subscription has its own, and ends it. */
  worker: callback<() => Thread>('a function that makes a Worker').optional(
    'a thread of Node; in browsers the worker beside this module, as Vite and webpack find it',
  ),
  /** URL where relative paths of the definition start; for Node. */
  base: text('a URL').optional('the working directory'),
}

const frameOptions = { ...workerOptions, ...sendOptions }

const sourceOptions = {
  ...workerOptions,
  /** Paths, glob patterns and folders in place of the source's. */
  inputs: list(text('a path'), { like: '["words"]' }).optional("the source's"),
}

export type FramesInWorkerOptions = Given<typeof frameOptions>
export type SourceInWorkerOptions = Given<typeof sourceOptions>

/** Stages of a pipeline; as JSON, or values that JSON is made of. */
export interface StagesDefinition {
  readonly source?: undefined
  readonly stages: readonly StageLike[]
}

/**
 * Pools in a thread of its own, so that the main thread has nothing to do but to hand frames over: a Web Worker, or in Node one of `node:worker_threads`. What crosses over is the pipeline's JSON, so that each
 * pooling goes by its name.
 *
 * Shape: frames → the vectors, bit for bit, of `frames$.pipe(...stages, toVectors())`; or, of a pipeline with a source (files, so in Node), what its `run` gives. Each subscription starts a worker (some tens of milliseconds), and ends
 * it when it completes, fails or is unsubscribed. Errors come back with their class and message, those of stages with their place (`stages[1]: …`), failures as failures.
 *
 * Blocks are copied, and the copies transferred; vectors are transferred. Memory is bounded: at most sixteen messages are on the way to the worker, each acknowledged with the vectors that came of it. `pcm`, `decodeAudio` and `replay`, piped straight into it, are
 * read no faster than that. Of other sources `queue` blocks wait, and then live frames are lost, which shows as time of weight 0 and in `stats`, while others end in an error; `overload` chooses. A worker with a source waits for who takes its vectors.
 *
 * @throws TypeError or RangeError for bad options and what is no pipeline; in the stream for stages that are none, and an Error where the worker cannot be loaded or dies
 * @example
 * microphone().pipe(inWorker({ stages: [logMel(), pool1d(['mean', 'max'], { size: '1s', stride: '250ms' })] }))
 */
export function inWorker(pipeline: StagesDefinition, options?: FramesInWorkerOptions): OperatorFunction<Frames<Values>, Vector>
export function inWorker(
  pipeline: { readonly source: SourceSpec; readonly stages: readonly StageLike[] },
  options?: SourceInWorkerOptions,
): Observable<Vector | Failure>
export function inWorker(
  pipeline: StagesDefinition | { readonly source: SourceSpec; readonly stages: readonly StageLike[] },
  options: FramesInWorkerOptions & SourceInWorkerOptions = {},
): Observable<Vector | Failure> | OperatorFunction<Frames<Values>, Vector> {
  const definition = definitionOf(pipeline)
  if (definition.source === undefined) {
    const settings = read('inWorker', frameOptions, options)
    const [first] = definition.stages as readonly { readonly stage?: unknown }[]
    const who = typeof first?.stage === 'string' ? first.stage : 'inWorker'
    return (source: ObservableInput<Frames<Values>>) =>
      inThread(settings, { definition, inputs: undefined, taken: undefined }, (port) =>
        sending<Items>(who, source, port, settings),
      ) as Observable<Vector>
  }
  const { inputs, ...settings } = read('inWorker', sourceOptions, options)
  const { inputs: own } = definition.source as { readonly inputs?: unknown }
  if ((inputs ?? (own as readonly string[] | undefined))?.includes('-'))
    throw new TypeError(
      'inWorker: expected files, got "-", standard input, which is the main thread\'s: pipe pcm(process.stdin) into inWorker({ stages })',
    )
  return defer(() => {
    // Pages have none; their workers refuse sources.
    const taken = typeof SharedArrayBuffer === 'function' ? new Int32Array(new SharedArrayBuffer(4)) : undefined
    return inThread(settings, { definition, inputs, taken }, (port) => receiving(port, taken))
  })
}

/** The definition as plain JSON: stages and poolings that are values go by what they say of themselves. */
function definitionOf(pipeline: unknown): Task['definition'] {
  const own = tried(pipeline as { toJSON?(): unknown }, (given) => (typeof given.toJSON === 'function' ? given.toJSON() : given))
  const { source, stages } = known('inWorker', own as Task['definition'], ['$schema', 'source', 'stages', 'sink'])
  if (!isList(stages)) throw refusal('inWorker', 'expected a pipeline with stages as a list', stages)
  const json = tried({ source, stages }, (given) => plain(specs(given))) as Task['definition'] | undefined
  if (!json) throw refusal('inWorker', 'expected a pipeline that JSON can carry', pipeline)
  return json
}

function specs(value: unknown): unknown {
  if (value === null || !/^(object|function)$/.test(typeof value)) return value
  if (isList(value)) return value.map(specs)
  const { spec, plan, bind } = value as { readonly spec?: unknown; readonly plan?: unknown; readonly bind?: unknown }
  if (typeof plan === 'function' || typeof bind === 'function') return spec
  if (typeof value === 'function') throw value
  return Object.fromEntries(Object.entries(value as object).map(([name, part]) => [name, specs(part)]))
}

/** A worker, asked to do a task, for as long as somebody listens. */
function inThread(
  { worker, base }: Pick<Read<typeof workerOptions>, 'worker' | 'base'>,
  task: Omit<Task, 'port' | 'base'>,
  answersOf: (port: MessagePort) => Observable<Items>,
): Observable<Vector | Failure> {
  return new Observable((out) => {
    const thread = worker ? worker() : ownThread()
    if (!thread)
      throw new TypeError('inWorker: worker must be given where there is neither Worker nor process.getBuiltinModule, got undefined')
    out.add(() => void thread.terminate())
    hearEnd(thread, (error) => out.error(error))
    const { port1, port2 } = new MessageChannel()
    thread.postMessage({ ...task, base, port: port2 } satisfies Task as never, [port2] as never)
    let names: readonly string[] = []
    const vectors$ = answersOf(port1).pipe(
      mergeMap((answer) => {
        names = answer.names ?? names
        return answer.items.map((item) => ('error' in item ? { id: item.id, error: errorOf(item.error) } : { ...item, names }))
      }),
    )
    out.add(vectors$.subscribe(out))
  })
}

/** Takes what a source's vectors are sent as, and says so. */
function receiving(port: MessagePort, taken: Task['taken']): Observable<Items> {
  return new Observable((out) => {
    out.add(() => port.close())
    port.onmessage = ({ data: answer }: { readonly data: Answer<Items> }) => {
      if (answer.kind === 'items') out.next(answer.items)
      else if (answer.kind === 'error') out.error(errorOf(answer.error))
      else out.complete()
      if (!taken) return
      Atomics.add(taken, 0, 1)
      Atomics.notify(taken, 0)
    }
  })
}
