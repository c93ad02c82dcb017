import { catchError, concat, concatMap, defer, from, type Observable, of } from 'rxjs'
import { known, listIn, oneOf, refusal } from '../core/check.ts'
import { type Layout, layoutOf, signalShape } from '../core/frames.ts'
import { checked, either, type Given, type Options, type Read, read, text } from '../core/options.ts'
import type { ByteStream } from '../files/bytes.ts'
import { standardInput } from '../files/standardInput.ts'
import { parseCounts } from '../learning/counts.ts'
import { audioFiles, audioStream, fileOptions } from '../sources/audio/audioFiles.ts'
import { manifest, recordingsIn, rowSequence } from '../sources/audio/manifest.ts'
import { pcm, rawOptions } from '../sources/audio/pcm.ts'
import { pcmFiles } from '../sources/audio/pcmFiles.ts'
import { type PlainSamples, plainRaw, plainWav } from '../sources/audio/plainSamples.ts'
import type { signalOptions } from '../sources/audio/resampled.ts'
import { failed } from '../sources/failure.ts'
import { type endings, filesMeant } from '../sources/paths.ts'
import type { Piece } from '../sources/piece.ts'
import { csv } from '../sources/text/csv.ts'
import type { Text } from '../sources/text/eachText.ts'
import { jsonl } from '../sources/text/jsonl.ts'
import { fieldOptions, type RecordOptions } from '../sources/text/records.ts'
import { mayHoldRecords, openTexts, textFiles, textPieces } from '../sources/text/textFiles.ts'
import { textStream, texts } from '../sources/text/texts.ts'
import { readTokens, sif, type TokenOptions, weighing, weightOptions } from '../sources/text/tokens.ts'
import { unitOption } from '../sources/text/units.ts'
import { defaultVectors } from '../sources/vectors/loadVectors.ts'
import type { Sequence } from '../streams/eachSequence.ts'
import { part, plain } from './part.ts'
import { type Loads, noted } from './stages.ts'

/** A source with its options checked. */
export interface Source {
  /** Whether the sequences of these inputs are known before any of them is read. */
  listed(inputs: readonly string[]): boolean
  /** Whether each file has a number of channels of its own; `layout` is then that of a stereo file. */
  readonly varies?: true
  readonly layout: Layout
  open(inputs: readonly string[]): Observable<Sequence>
  /** What these inputs are made of, in their order, for who pools piece by piece; no standard input is among them. */
  pieces(inputs: readonly string[]): Promise<readonly Piece[]>
  /** The sequences of pieces: of all of them, those of the inputs. */
  openPieces(pieces: readonly Piece[]): Observable<Sequence>
  /** A recording whose bytes come from elsewhere, as those of standard input do. Of sound alone, as is `signal`. */
  readonly stream?: (id: string, bytes: ByteStream) => Sequence
  /** How the samples of a piece lie in its file, where it is a long recording that can be read from any of them on. */
  readonly plain?: (piece: Piece) => Promise<PlainSamples | undefined>
  /** What samples that come from elsewhere are to be made of. */
  readonly signal?: Read<typeof signalOptions>
  /** Texts that come from elsewhere. Of text alone. */
  readonly texts?: (all: Iterable<string | Text> | AsyncIterable<string | Text>) => Observable<Sequence>
  /** The files that are read where it is opened with the same inputs; '-' is standard input. */
  files(inputs: readonly string[]): Promise<readonly string[]>
}

type Reading = Pick<Source, 'open' | 'pieces' | 'openPieces' | 'files'>

interface SourceKind<Of extends Options> {
  /** As JSON carries them. */
  readonly options: Of
  /** Of options that have been read; undefined where it waits for word vectors or counts. */
  readonly make: (options: Read<Of>, loads: Loads) => Source | undefined
}

const kind = <const Of extends Options>(options: Of, make: SourceKind<Of>['make']): SourceKind<Of> => ({ options, make })

/** Of text: a model or the vocabulary by its name, weights by theirs, or by the path of the words' counts. A function would be lost in JSON. */
const writtenOptions = {
  /** The folder of a sentence model, of which tokens and vectors are, from the definition on: no stage embed, and no other option of words, goes with it. */
  model: text('the path of a folder').optional('word vectors'),
  /** Word vectors, of which the ids are: an installed package, or a file. */
  vectors: text('the name of a package or a file').optional(defaultVectors),
  ...weightOptions,
  /** What a known word weighs: by its rank, or by the counts of words that poolwise fit makes. */
  weights: either(
    weighing,
    checked<{ readonly sif: string }>({ type: 'object', properties: { sif: { type: 'string' } } }, (who, name, value) => {
      known(`${who}: ${name}`, value as object, ['sif'])
      const { sif: path } = value as { readonly sif?: unknown }
      if (typeof path !== 'string') throw refusal(who, `${name}.sif must be the path of counts of words`, path)
      return { sif: path }
    }),
    (value) => typeof value !== 'object' || value === null,
  ).optional('1'),
}

/** Of records of text. */
const recordOptions = {
  ...writtenOptions,
  /** What one sequence is: a whole text, a line or a sentence of it. */
  unit: unitOption,
  ...fieldOptions,
}

/** The sources of pipelines, by the names that they have there; each takes `inputs`, too. */
export const sources = {
  /** Files of sound: WAV, MP3, FLAC, Ogg Vorbis and Ogg Opus, and what ffmpeg decodes. */
  audioFiles: /* @__PURE__ */ kind(fileOptions, (options) =>
    recordings(
      options,
      byFile('sound', (inputs) => {
        if (!isStdin('audioFiles', inputs)) return audioFiles(inputs, options)
        return of(audioStream('stdin', standardInput(), options))
      }),
      { stream: (id, bytes) => audioStream(id, bytes, options), signal: { rate: options.rate, channels: options.channels } },
    ),
  ),
  /** Tables of recordings, or of pieces of them: CSV, JSON Lines or Parquet, whose other columns go along. */
  manifest: /* @__PURE__ */ kind(fileOptions, (options) =>
    recordings(options, {
      open: (inputs) => each('manifest', inputs, (path) => manifest(path, options)),
      async pieces(inputs) {
        const lists = await Promise.all((await filesOf(inputs, 'manifest')).map(async (file) => ({ file, rows: await recordingsIn(file) })))
        return lists.flatMap(({ file, rows }): readonly Piece[] => (rows.length > 0 ? rows : [{ file }]))
      },
      openPieces: (pieces) =>
        from(pieces).pipe(
          concatMap(({ file, row }) =>
            row ? of(rowSequence(row, file, options)) : each('manifest', [file], (path) => manifest(path, options)),
          ),
        ),
      async files(inputs) {
        const lists = await filesOf(inputs, 'manifest')
        return [...lists, ...(await Promise.all(lists.map(recordingsIn))).flat().map(({ file }) => file)]
      },
    }),
  ),
  /** Raw PCM, which has no header: files, or standard input. */
  pcm: /* @__PURE__ */ kind(rawOptions, (options) => ({
    listed: () => true,
    layout: layoutOf(signalShape(options.rate, options.channels, 'pcm')),
    ...byFile('raw', (inputs) =>
      isStdin('pcm', inputs) ? of<Sequence>({ id: 'stdin', frames: pcm(standardInput(), options) }) : pcmFiles(inputs, options),
    ),
    stream: (id, bytes) => ({ id, frames: pcm(bytes, options) }),
    plain: ({ file }) => plainRaw(file, options),
    signal: { rate: options.rate, channels: 'keep' },
  })),
  /** Files of text: prose, and records where the name ends in .jsonl, .ndjson, .csv, .tsv or .parquet. */
  textFiles: /* @__PURE__ */ kind(recordOptions, (options, loads) =>
    tokens('textFiles', options, loads, (given) => ({
      listed: (inputs) => options.unit === 'document' && !inputs.some(mayHoldRecords),
      open: (inputs) => {
        if (!isStdin('textFiles', inputs)) return textFiles(inputs, given)
        const { idField, textField, labelField, ...prose } = given
        return textStream(standardInput(), prose)
      },
      pieces: async (inputs) => textPieces('textFiles', await filesOf(inputs, 'text'), given),
      openPieces: (pieces) => openTexts('textFiles', pieces, given),
      files: (inputs) => filesOf(inputs, 'text'),
    })),
  ),
  /** JSON Lines, a text a line, whatever the files are called. */
  jsonl: /* @__PURE__ */ kind(recordOptions, (options, loads) => records('jsonl', jsonl, options, loads)),
  /** Tables, CSV or tab-separated, a text a row, whatever the files are called. */
  csv: /* @__PURE__ */ kind(recordOptions, (options, loads) => records('csv', csv, options, loads)),
}

export type SourceName = keyof typeof sources

/** What all sources take: paths, glob patterns and folders, or '-' alone for standard input. */
export const inputsOption = /* @__PURE__ */ checked<readonly string[]>(
  { type: 'array', items: { type: 'string' }, minItems: 1 },
  (who, name, value) => {
    const list = listIn(value) as string[] | undefined
    if (list?.length && list.every((input) => typeof input === 'string' && input !== '')) return list
    throw refusal(who, `${name} must be a list of paths, glob patterns and folders, or ["-"]`, value)
  },
)

/** Where sequences come from. `inputs` are paths, glob patterns and folders, or '-' alone for standard input; those given to `run` take their place. */
export type SourceSpec = { readonly inputs?: readonly string[] } & {
  [Name in SourceName]: { readonly source: Name } & Readonly<Given<(typeof sources)[Name]['options']>>
}[SourceName]

/**
 * The source that a part of a definition describes, or undefined where it waits for what has been noted in `loads`.
 * @throws TypeError or RangeError for an unknown source, and for its options
 */
export function sourceOf(spec: unknown, loads: Loads): Source | undefined {
  const { source, inputs, ...given } = plain('source', 'a source such as { "source": "audioFiles" }', spec)
  const name = oneOf('source', 'source', source, Object.keys(sources) as SourceName[])
  if (inputs !== undefined) checkInputs(inputs)
  const { options, make } = sources[name] as unknown as SourceKind<Options>
  const values = () => ('model' in options ? readTokens(name, options, given) : read(name, options, given))
  return part('source', () => make(values(), loads))
}

export function checkInputs(inputs: unknown): readonly string[] {
  return inputsOption.read('source', 'inputs', inputs)
}

/** Lists one after the other; one that cannot be read fails by itself. */
function each(
  kind: 'jsonl' | 'csv' | 'manifest',
  inputs: readonly string[],
  open: (path: string) => Observable<Sequence>,
): Observable<Sequence> {
  const opened = (path: string) => open(path).pipe(catchError((error: unknown) => of(failed(path, error))))
  return defer(() => filesMeant(kind, inputs, kind)).pipe(
    concatMap((files) => concat(...Array.from(files, ([path, none]) => (none ? of(failed(path, none)) : opened(path))))),
  )
}

async function filesOf(inputs: readonly string[], kind: keyof typeof endings): Promise<readonly string[]> {
  return inputs.includes('-') ? inputs : [...(await filesMeant(kind, inputs, kind)).keys()]
}

/** A source of which each file is a piece. */
function byFile(kind: keyof typeof endings, open: Source['open']): Reading {
  return {
    open,
    pieces: async (inputs) => (await filesOf(inputs, kind)).map((file) => ({ file })),
    openPieces: (pieces) => open(pieces.map(({ file }) => file)),
    files: (inputs) => filesOf(inputs, kind),
  }
}

function isStdin(who: string, inputs: readonly string[]): boolean {
  if (!inputs.includes('-')) return false
  if (inputs.length === 1) return true
  throw refusal(who, 'expected "-", standard input, alone', inputs)
}

function recordings(
  { rate, channels, decoder }: Read<typeof fileOptions>,
  reading: Reading,
  elsewhere: Pick<Source, 'stream' | 'signal'> = {},
): Source {
  const varies = channels === 'keep'
  return {
    listed: () => true,
    layout: layoutOf(signalShape(rate, varies ? 2 : 1, 'source')),
    ...(varies && { varies }),
    async plain({ file, row }) {
      // Of a row that is a piece of a recording, times would have to be counted as samples.
      if (decoder !== 'auto' || (row && ('fault' in row || row.start > 0 || row.end !== undefined))) return undefined
      return plainWav(file, { rate, channels })
    },
    ...reading,
    ...elsewhere,
  }
}

/** A source of records, each a text. */
function records(name: 'jsonl' | 'csv', open: typeof jsonl, options: Read<typeof recordOptions>, loads: Loads): Source | undefined {
  return tokens(name, options, loads, (given) => ({
    listed: () => false,
    open: (inputs) => (isStdin(name, inputs) ? open(standardInput(), given) : each(name, inputs, (path) => open(path, given))),
    pieces: async (inputs) => textPieces(name, await filesOf(inputs, name), given),
    openPieces: (pieces) => openTexts(name, pieces, given),
    files: (inputs) => filesOf(inputs, name),
  }))
}

/** A source of text, once its model, or its vocabulary and its counts, are there. */
function tokens(
  who: string,
  {
    model: folder,
    vectors: name = defaultVectors,
    weights: written,
    labelField,
    stopWords,
    punctuation,
    ...options
  }: Read<typeof recordOptions>,
  loads: Loads,
  make: (options: RecordOptions) => Reading & Pick<Source, 'listed'>,
): Source | undefined {
  const given = { ...options, ...(labelField !== undefined && { labelField }) }
  const reading = (all: RecordOptions): Reading & Pick<Source, 'listed' | 'texts'> => {
    const { idField, textField, labelField: _, ...plain } = all
    return { ...make(all), texts: (some) => texts(some, plain) }
  }
  if (folder !== undefined) {
    const model = noted(loads.models, folder)
    return model && { ...reading({ ...given, model }), layout: model.layout }
  }
  const vectors = noted(loads.vectors, name)
  const weights = typeof written === 'object' ? countsIn(who, written.sif, name, loads) : written
  if (!vectors || (written !== undefined && !weights)) return undefined
  const layout = layoutOf({ unit: 'token', names: { bins: [vectors.name] } })
  return { ...reading({ ...given, stopWords, punctuation, vectors, ...(weights && { weights }) }), layout }
}

/** Weights by counts, or undefined where these are yet to be read. */
function countsIn(who: string, path: string, vocabulary: string, loads: Loads): TokenOptions['weights'] {
  const found = noted(loads.fit, path)
  if (!found) return undefined
  const counted = parseCounts(who, found)
  if (counted.vocabulary !== vocabulary) throw refusal(who, `${path} must have counts of the vocabulary ${vocabulary}`, counted.vocabulary)
  return sif(found)
}
