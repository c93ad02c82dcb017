import { basename, extname } from 'node:path'
import type { Command } from 'commander'
import colors from 'picocolors'
import { filter, firstValueFrom, lastValueFrom, type Observable, toArray } from 'rxjs'
import { show } from '../core/check.ts'
import { type Frames, join, spanOf } from '../core/frames.ts'
import type { StageSpec } from '../core/stage.ts'
import { standardOutput, writeWhole } from '../files/output.ts'
import { type Loaded, type Pipeline, pipelineFrom } from '../pipeline/pipeline.ts'
import { endings } from '../sources/paths.ts'
import { loadVectors } from '../sources/vectors/loadVectors.ts'
import type { Sequence } from '../streams/eachSequence.ts'
import { audioDefinition, textDefinition } from './definitions.ts'
import { drawn, type Figure } from './figure.ts'
import { loadedApart } from './inputs.ts'
import { stagesFrom, stageText } from './notation.ts'
import { isSound, panelsOf, type Span } from './panels.ts'
import { pipelineIn } from './pipelineFile.ts'
import { codes, failureLine, trace } from './run.ts'
import { opened } from './signals.ts'

interface PlotOptions {
  readonly pipeline?: string
  readonly id?: string
  readonly voice?: true
  readonly out?: string
}

const examples = `
Examples:
  poolwise plot talk.wav
  poolwise plot talk.wav --pipeline "logMel,pool1d(pooling=max,size=1s)"
  poolwise plot talk.wav --voice --out voice.png
`

/** `poolwise plot`. */
export function plotCommand(program: Command): void {
  program
    .command('plot')
    .description('draws a file on its way through a pipeline: what is pooled, the boundaries and windows found, the pooled rows')
    .argument('<file>', 'a file of sound or text')
    .option(
      '--pipeline <pipeline>',
      'a .json, .ts or .js file, or stages such as "logMel,detectSpeech,segmentPool(pooling=mean)" (default: as poolwise audio or text)',
    )
    .option('--voice', 'of sound, its pitch as a line over the spectrogram, and its loudness')
    .option('--id <id>', 'which of several sequences, by its id (default: the first)')
    .option('-o, --out <file>', 'the .png to write (default: named as the file, in the working directory)')
    .addHelpText('after', examples)
    .action(async (input: string, options: PlotOptions) => plot(input, options))
}

async function plot(input: string, options: PlotOptions): Promise<void> {
  const out = pictureOf(input, options.out)
  const { pipeline, own } = await pipelineMeant(options.pipeline, input)
  const loaded = await loadedApart(pipeline, [input], [out], own)
  process.exitCode = await plotTo(out, options, loaded, opened(loaded, [input]))
}

/** A pipeline, and the file that it is from, if it is. */
interface Meant {
  readonly pipeline: Pipeline
  readonly own: readonly string[]
}

/**
 * The pipeline that is meant by a text: that of a file, or stages as in "logMel,detectSpeech,segmentPool(pooling=mean)", of text where the first is `embed`.
 * Without one, what `poolwise audio` does by default, or `poolwise text` for files of text.
 *
 * @throws as `pipelineIn` and `stagesFrom`
 */
export async function pipelineMeant(text: string | undefined, input: string): Promise<Meant> {
  if (text !== undefined && /\.([mc]?[jt]s|json)$/.test(text)) return { pipeline: (await pipelineIn(text)).pipeline, own: [text] }
  const ending = extname(input).toLowerCase()
  if (text === undefined) {
    const written = [...endings.text, ...endings.jsonl, '.tsv'].includes(ending)
    const definition = written ? textDefinition({}, [input]) : audioDefinition(ending === '.csv' ? { manifest: true } : {})
    return { pipeline: pipelineFrom(definition), own: [] }
  }
  const stages = stagesFrom(text, '--pipeline')
  const [{ stage, vectors }] = stages as [StageSpec]
  const source = stage === 'embed' ? { source: 'textFiles', vectors } : { source: ending === '.csv' ? 'manifest' : 'audioFiles' }
  return { pipeline: pipelineFrom({ source, stages }), own: [] }
}

/** The file that is written where none is named: that of the input, as a picture, in the working directory. */
export function pictureOf(input: string, out: string | undefined): string {
  if (out !== undefined && out !== '-' && extname(out).toLowerCase() !== '.png')
    throw new TypeError(`--out: expected a file that ends in .png, got ${show(out)}`)
  return out ?? `${input === '-' ? 'stdin' : basename(input, extname(input))}.png`
}

/**
 * Draws a sequence, the first or the one of that id, on its way through a pipeline, with its pitch and loudness for `voice`, and says what was written.
 * @returns the exit code
 * @throws TypeError for the voice of text
 */
export async function plotTo(
  out: string,
  { id: wanted, voice }: { readonly id?: string; readonly voice?: true },
  loaded: Loaded,
  sequences: Observable<Sequence>,
): Promise<number> {
  if (voice && !isSound(loaded.source)) throw new TypeError('--voice: expected a source of sound, got one of text')
  let id = wanted
  try {
    const sequence = await firstValueFrom(sequences.pipe(filter((one) => id === undefined || one.id === id)), { defaultValue: undefined })
    if (!sequence) throw new Error(`expected a sequence${id === undefined ? '' : ' of this id'}, got none`)
    id = sequence.id
    const source = join(await lastValueFrom(sequence.frames.pipe(toArray())))
    if (!source || source.length === 0) throw new Error('expected frames to draw, got none')
    writeWhole('plot', out, await drawn(await figureOf(id, source, loaded, voice)))
    if (out !== '-') standardOutput.write(`${out}\n`)
    return codes.well
  } catch (cause) {
    const error = cause instanceof Error ? cause : new Error(String(cause))
    process.stderr.write(`${colors.red('error:')} ${id === undefined ? error.message : failureLine({ id, error })}\n`)
    trace(cause)
    return codes.nothing
  }
}

async function figureOf(id: string, source: Frames, loaded: Loaded, voice?: true): Promise<Figure> {
  const { clock } = source.layout
  const time: Span = [spanOf(source, source.start)[0], spanOf(source, source.start + source.length - 1)[1]]
  const length = clock.unit === 'second' ? `${Number((time[1] - time[0]).toPrecision(4))} s` : `${source.length} tokens`
  return {
    title: `${id}, ${length}`,
    stages: loaded.stages.map(({ spec }) => stageText(spec)),
    unit: clock.unit,
    time,
    panels: panelsOf(source, loaded, voice),
    label: clock.unit === 'second' ? ([start, end]) => `${Number((end - start).toFixed(3))} s` : await wordsIn(source),
  }
}

/** What stands in a span of tokens. */
async function wordsIn(source: Frames): Promise<(span: Span) => string> {
  const vectors = await loadVectors(source.layout.names.bins[0])
  const words = Array.from(source.data, (row) => vectors.wordAt(row) ?? '')
  return ([start, end]) =>
    words
      .slice(Math.round(start), Math.round(end))
      .filter((word) => /\p{L}|\p{N}/u.test(word))
      .join(' ')
}
