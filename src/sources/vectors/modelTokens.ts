import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { defer, from, type Observable, of } from 'rxjs'
import { DataError, show } from '../../core/check.ts'
import { type Frames, slice, type Values } from '../../core/frames.ts'
import { missing } from '../../core/missing.ts'
import { boolean, type Given, integer, type Read, read, text } from '../../core/options.ts'
import type { Sequence } from '../../streams/eachSequence.ts'
import { tokenFrames } from '../../tensors/poolTokens.ts'
import type { TensorLike } from '../../tensors/tensor.ts'
import { failed } from '../failure.ts'
import { eachText, type Text } from '../text/eachText.ts'
import { cutTexts, unitOption } from '../text/units.ts'

const modelOptions = {
  /** Its folder, with config.json, tokenizer.json, tokenizer_config.json and onnx/model.onnx; or its name on the Hugging Face Hub. */
  model: text('a name'),
  /** Which of its files: 'fp32' is onnx/model.onnx, 'q8' onnx/model_quantized.onnx; see Transformers.js. */
  dtype: text('a name').default('fp32'),
  /** Whether a model that is not here may be fetched from the Hub. */
  download: boolean().default(false),
  /** What is put before every text, such as 'query: '. */
  prompt: text('a string', 0).default(''),
  /** Whether the tokens of the prompt count too, as `include_prompt` of a `1_Pooling/config.json` says; else they have weight 0. */
  includePrompt: boolean().default(true),
  /** Tokens after which a text is cut off, those that the model adds included. */
  maxLength: integer(1).optional('as many as the model can take'),
  /** Texts that the model reads at once. */
  batchSize: integer(1).default(32),
  /** What one sequence is; see {@link texts}. Sentences are found by wink-nlp. */
  unit: unitOption,
}

export type ModelOptions = Given<typeof modelOptions>

/** Transformers.js, by the little of it that is used here. */
interface Library {
  readonly AutoModel: { from_pretrained(model: string, options: object): Promise<Model> }
  readonly AutoTokenizer: { from_pretrained(model: string, options: object): Promise<Tokenizer> }
  readonly Tensor: new (type: 'int64', data: BigInt64Array, dims: readonly number[]) => ModelTensor
}
interface Model {
  (inputs: { input_ids: ModelTensor; attention_mask: ModelTensor }): Promise<{ readonly [output: string]: ModelTensor | undefined }>
  readonly config: { readonly max_position_embeddings?: unknown }
  dispose(): Promise<unknown>
}
interface Tokenizer {
  readonly model_max_length: unknown
  readonly pad_token_id: number | undefined
  encode(text: string, options?: { add_special_tokens: boolean }): number[]
}
type ModelTensor = TensorLike & { readonly type: string; to(type: 'float32'): ModelTensor }

/** A model at hand. */
export interface Reader {
  /** The frames of each text. */
  read(batch: readonly Text[]): Promise<Frames<Values>[]>
  close(): Promise<unknown>
}

/**
 * Texts as sequences of token embeddings by a transformer model in ONNX form, run here by Transformers.js.
 *
 * Shape: one text → one Sequence of one frame a token, those that the model adds ([CLS], [SEP]) included: 1 plane × dimensions ('dim0', …) × 1 channel, the clock in tokens, the
 * length known. What pads a batch is left out, so a text's frames do not depend on the texts beside it, but for rounding.
 *
 * @param source strings, whose ids are '0', '1', …, or texts with ids of their own
 * @throws TypeError or RangeError at once for bad options; in the stream Error where Transformers.js or the model is missing, and for items that are no texts; in the frames
 * of one sequence, and there alone, a DataError for a text that the model does not take
 * @example
 * modelTokens(['The sea rises.'], { model: './all-MiniLM-L6-v2' }).pipe(eachSequence(globalPool('mean'), l2Normalize()), toVectors())
 */
export function modelTokens(source: Iterable<string | Text> | AsyncIterable<string | Text>, options: ModelOptions): Observable<Sequence> {
  const { unit, batchSize, ...model } = read(who, modelOptions, options)
  const all = eachText(who, source)
  return defer(() => from(sequences(cutTexts(who, unit, all()), batchSize, model)))
}

const who = 'modelTokens'

type Chosen = Omit<Read<typeof modelOptions>, 'unit' | 'batchSize'>

async function* sequences(texts: AsyncIterable<Text>, size: number, options: Chosen): AsyncGenerator<Sequence, void, undefined> {
  const reader = await opened(options)
  try {
    let batch: Text[] = []
    for await (const text of texts) {
      batch.push(text)
      if (batch.length < size) continue
      yield* readBatch(reader, batch)
      batch = []
    }
    if (batch.length > 0) yield* readBatch(reader, batch)
  } finally {
    await reader.close()
  }
}

/** One batch; where it fails, its texts one by one, so that only those fail that the model does not take. */
async function* readBatch(reader: Reader, batch: readonly Text[]): AsyncGenerator<Sequence, void, undefined> {
  try {
    for (const [i, frames] of (await reader.read(batch)).entries()) {
      const { id, label } = batch[i]!
      yield { id, frames: of(frames as Frames), ...(label !== undefined && { label }) }
    }
  } catch (cause) {
    if (batch.length > 1) for (const one of batch) yield* readBatch(reader, [one])
    else {
      const { id } = batch[0]!
      const reason = cause instanceof Error ? cause.message : String(cause)
      yield failed(id, new DataError(`${who}: expected a text that the model takes, got ${reason}`, { sequence: id, cause }))
    }
  }
}

/** A model by its options, for those who read texts one by one. */
export function openModel(options: ModelOptions): Promise<Reader> {
  return opened(read(who, modelOptions, options))
}

async function opened({ model: name, dtype, download, prompt, includePrompt, maxLength }: Chosen): Promise<Reader> {
  const { AutoModel, AutoTokenizer, Tensor } = await library()
  const folder = await stat(name)
    .then((found) => found.isDirectory())
    .catch(() => false)
  const path = folder ? resolve(name) : name
  const load = { local_files_only: folder || !download }
  const [tokenizer, model] = await Promise.all([
    AutoTokenizer.from_pretrained(path, load),
    AutoModel.from_pretrained(path, { ...load, dtype }),
  ]).catch((cause: Error) => {
    throw new Error(`${who}: expected a model with its tokenizer in ${show(name)}, got ${cause.message}`, { cause })
  })
  const suffix = suffixOf(tokenizer)
  const most = maxLength ?? longest(tokenizer.model_max_length, model.config.max_position_embeddings)
  const hidden = !includePrompt && prompt !== '' ? tokenizer.encode(prompt).length - suffix : 0
  const encode = ({ text }: Text) => {
    const ids = tokenizer.encode(prompt + text)
    // What the model adds at the end stays at the end.
    return ids.length <= most ? ids : [...ids.slice(0, Math.max(0, most - suffix)), ...ids.slice(ids.length - suffix)]
  }
  return {
    async read(batch) {
      const encoded = batch.map(encode)
      const length = Math.max(1, ...encoded.map((row) => row.length))
      const dims = [batch.length, length]
      const ids = new BigInt64Array(batch.length * length).fill(BigInt(tokenizer.pad_token_id ?? 0))
      const mask = new BigInt64Array(ids.length)
      for (const [n, row] of encoded.entries()) {
        ids.set(row.map(BigInt), n * length)
        mask.fill(1n, n * length, n * length + row.length)
      }
      const attention = new Tensor('int64', mask, dims)
      const given = await model({ input_ids: new Tensor('int64', ids, dims), attention_mask: attention })
      const output = given.last_hidden_state ?? given.token_embeddings
      if (output === undefined)
        throw new DataError(`${who}: expected a model that gives last_hidden_state or token_embeddings, got ${show(Object.keys(given))}`)
      const rows = tokenFrames(output.type === 'float32' ? output : output.to('float32'), attention)
      return rows.map((row, n) => tokensOf(row, encoded[n]!.length, hidden))
    },
    close: () => model.dispose(),
  }
}

/** The tokens of one text, without what pads its batch; nothing is seen of the first `hidden`. */
function tokensOf(row: Frames<Values>, length: number, hidden: number): Frames<Values> {
  const { weights, ...part } = slice(row, 0, length)
  return {
    ...part,
    start: 0,
    layout: { ...row.layout, length },
    ...(hidden > 0 && { weights: weights!.slice().fill(0, 0, hidden) }),
  }
}

async function library(): Promise<Library> {
  // Its types are not to be had where it is not installed.
  const name: string = '@huggingface/transformers'
  return (await import(name).catch(missing(who, name))) as Library
}

/** Tokens that the model adds after a text. */
function suffixOf(tokenizer: Tokenizer): number {
  const bare = tokenizer.encode('a', { add_special_tokens: false })
  const all = tokenizer.encode('a')
  const start = all.findIndex((_, i) => bare.every((id, k) => all[i + k] === id))
  return all.length - start - bare.length
}

/** The smaller of those that are numbers of tokens; tokenizers without a limit say 10³⁰. */
function longest(...limits: readonly unknown[]): number {
  return Math.min(...limits.map((limit) => (Number.isSafeInteger(limit) && (limit as number) > 0 ? (limit as number) : Infinity)))
}
