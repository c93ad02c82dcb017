import { DataError, isOf, refusal, show, tried } from '../../core/check.ts'
import { type Frames, type Layout, layoutOf } from '../../core/frames.ts'
import type { Pooling } from '../../core/pooling.ts'
import { parseTensors } from '../../files/safetensors.ts'
import { mean } from '../../poolings/mean.ts'
import { dimensionNames, embeddedLayout } from '../../stages/vectors/embed.ts'
import { type SentenceConfig, sentencePooling } from '../../tensors/sentencePooling.ts'
import { json, modelModules, type ReadFile } from './modelModules.ts'
import { modelTable } from './modelTable.ts'
import { subwords } from './subwords.ts'
import { checkedTokenizer } from './tokenizerFile.ts'

/** A token of a text. */
export interface ModelToken {
  /** Its row in the model's vocabulary. */
  readonly id: number
  /** Where it is in the text, in UTF-16 units, without white space around it. */
  readonly from: number
  readonly to: number
  /** Whether the vocabulary has it. */
  readonly known: boolean
}

/** A sentence model that is a tokenizer and a table of vectors, one a token. */
export interface StaticModel {
  /** What it was loaded by. */
  readonly name: string
  readonly dimensions: number
  /** How its files say that tokens are pooled. */
  readonly pooling: Pooling
  /** The path, in the model, of what says so; the mean is not said. */
  readonly poolingFile?: string
  /** Whether its files say that vectors are to have length 1: {@link l2Normalize} makes them so. */
  readonly normalize: boolean
  /** The layout of its tokens' frames, without a length. */
  readonly layout: Layout
  /** Whether white space only divides words: a text's tokens are then those of its words. */
  readonly separable: boolean
  /** The tokens of a text, of which the model leaves out none, however long it is; those that it is not to see included. */
  tokens(text: string): readonly ModelToken[]
  /** Whether the model sees tokens of this id: Model2Vec does not see unknown ones. */
  sees(id: number): boolean
  /** The vectors of tokens, one row each. */
  rows(ids: ArrayLike<number>): Float32Array
  /** The frames of a text at hand: one a token, its vector, weight 0 where it is not seen. */
  frames(text: string): Frames
}

/** The files of a model by their paths in it, such as 'tokenizer.json' and '1_Pooling/config.json'. */
export interface ModelFiles {
  readonly [path: string]: Uint8Array
}

/** An address, such as a URL is. */
export interface Address {
  readonly href: string
}

const who = 'staticModel'

/**
 * A static sentence model, as Model2Vec and sentence-transformers' StaticEmbedding write it: `tokenizer.json`, `model.safetensors`, and where there are `config.json`,
 * `modules.json` and `1_Pooling/config.json`. It runs in browsers and in Node; `poolwise/text` takes the path of a folder too.
 *
 * Shape: a text → one frame a token, 1 plane × dimensions ('dim0', …) × 1 channel, the clock in tokens. An empty text gives no frames. A text is read to its end: neither the
 * 512 tokens after which Model2Vec stops, nor what a tokenizer.json says of truncation and padding, is heeded.
 *
 * @param source the files at hand, or the address of their folder, such as new URL('https://huggingface.co/minishlab/potion-base-8M/resolve/main/')
 * @throws TypeError for what is neither; by rejection Error where @huggingface/tokenizers is missing or an address gives no answer, DataError that names the part for tokenizers, modules and
 * tensors that are missing, damaged or not known
 * @source Model2Vec, StaticModel; sentence-transformers, StaticEmbedding
 * @example
 * const model = await staticModel(new URL('/potion/', location.href))
 * apply(model.frames('The sea rises.'), globalPool(model.pooling), l2Normalize()).data
 */
export async function staticModel(source: ModelFiles | Address): Promise<StaticModel> {
  const address = tried(source as Address, ({ href }) => (typeof href === 'string' ? new URL(href) : undefined))
  if (address) return modelFrom(address.href, fetched(address))
  const files = tried(source, (given) => new Map(Object.entries(given)))
  if (typeof source !== 'object' || !files || ![...files.values()].every((bytes) => isOf(bytes, Uint8Array)))
    throw refusal(who, "expected a URL, or files such as { 'tokenizer.json': bytes }", source)
  return modelFrom('model', async (path) => files.get(path))
}

function fetched(base: URL): ReadFile {
  const folder = base.href.endsWith('/') ? base : new URL(`${base.href}/`)
  return async (path) => {
    const bad = (got: string, cause?: unknown) => new Error(`${who}: expected ${path} at ${folder}, got ${got}`, { cause })
    try {
      const response = await fetch(new URL(path, folder))
      if (response.status === 404) return undefined
      if (response.ok) return new Uint8Array(await response.arrayBuffer())
      throw bad(`${response.status} ${response.statusText}`.trim())
    } catch (cause) {
      throw cause instanceof TypeError ? bad('no answer', cause) : cause
    }
  }
}

/** A model from its files, however they are read; `name` stands in messages. */
export async function modelFrom(name: string, read: ReadFile): Promise<StaticModel> {
  const { kind, folder, pooling: poolingFile, normalize } = await modelModules(who, name, read)
  if (kind !== 'static')
    throw new DataError(`${who}: expected a static model in ${show(name)}, got a transformer, which transformerModel reads`)
  const place = (path: string) => `${name}/${folder}${path}`
  const tokenizer = await json(who, name, read, `${folder}tokenizer.json`)
  if (tokenizer === undefined) throw new DataError(`${who}: expected ${folder}tokenizer.json in ${show(name)}, got none`)
  const checked = checkedTokenizer(who, tokenizer, place('tokenizer.json'))
  const table = modelTable(who, await tensorsIn(name, `${folder}model.safetensors`, read))
  const words = await subwords(who, checked, place('tokenizer.json'))
  for (const [token, id] of words.vocabulary) {
    if (id >= table.tokens)
      throw new DataError(`${who}: expected ids below ${table.tokens}, as many as ${name} has vectors, got ${id} for ${show(token)}`)
  }
  const config = poolingFile === undefined ? undefined : await json(who, name, read, poolingFile)
  const pooling = config === undefined ? mean : sentencePooling(config as SentenceConfig)
  const layout = embeddedLayout(layoutOf({ unit: 'token' }), dimensionNames(table.dimensions))
  // What the tokenizer names as unknown: Model2Vec asks its model for unk_token, which those of Unigram have not.
  const { unk_token: named } = checked.model as { readonly unk_token?: unknown }
  const unseen = table.leavesOut && typeof named === 'string' ? words.unknown : undefined
  const model: StaticModel = {
    name,
    dimensions: table.dimensions,
    pooling,
    ...(config !== undefined && { poolingFile: poolingFile! }),
    normalize,
    layout,
    separable: words.separable,
    tokens: (text) => {
      if (typeof text !== 'string') throw refusal(who, 'expected a text', text)
      return words.encode(text).map(({ id, from, to }) => ({ id, from, to, known: id !== words.unknown }))
    },
    sees: (id) => id !== unseen,
    rows(ids) {
      const data = new Float32Array(ids.length * table.dimensions)
      for (let i = 0; i < ids.length; i++) table.write(ids[i]!, data, i * table.dimensions)
      return data
    },
    frames(text) {
      const tokens = model.tokens(text)
      const ids = tokens.map(({ id }) => id)
      const weights = Float32Array.from(ids, (id) => (model.sees(id) ? 1 : 0))
      return { layout: { ...layout, length: ids.length }, start: 0, length: ids.length, data: model.rows(ids), weights }
    },
  }
  return model
}

const pointer = 'version https://git-lfs'

async function tensorsIn(name: string, path: string, read: ReadFile) {
  const bytes = await read(path)
  if (bytes === undefined) throw new DataError(`${who}: expected ${path} in ${show(name)}, got none`)
  if (new TextDecoder().decode(bytes.subarray(0, pointer.length)) === pointer)
    throw new DataError(`${who}: expected tensors in ${name}/${path}, got a pointer of Git LFS; git lfs pull fetches them`)
  return parseTensors(bytes, `${name}/${path}`)
}
