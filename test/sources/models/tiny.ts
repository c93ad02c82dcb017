// Static models as Model2Vec and sentence-transformers write them, as small as can be: three kinds of tokenizers, tables of all kinds.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface Json {
  readonly [key: string]: unknown
}

const special = (id: number, content: string) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
})

const latin = [...'abcdefghijklmnopqrstuvwxyz']
const words = [
  'the',
  'sea',
  'rise',
  'moon',
  'tide',
  'bread',
  'naive',
  'не',
  'море',
  'луна',
  '日',
  '本',
  '海',
  'ع',
  'بحر',
  'χαος',
  '😀',
  '!',
  '.',
  ',',
  '#',
  '1',
  '2',
  '__proto__',
]
const tails = ['s', 'd', 'rise', 'ing', 'er', 'о', 'е', 'ра', 'αος', 'بحر', '1']

/** WordPiece as BERT has it. */
export function wordPiece(): Json {
  const tokens = [
    '[PAD]',
    '[UNK]',
    '[CLS]',
    '[SEP]',
    '[MASK]',
    ...latin,
    ...words,
    ...latin.map((letter) => `##${letter}`),
    ...tails.filter((tail) => tail.length > 1).map((tail) => `##${tail}`),
  ]
  const vocab = ids(tokens)
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'].map((content, id) => special(id, content)),
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: null,
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab },
  }
}

/** GPT-2's letters for bytes. */
export const byteLetters: readonly string[] = (() => {
  const printed = (byte: number) => (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff)
  let next = 256
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printed(byte) ? byte : next++))
})()

const spelt = (text: string) => Array.from(new TextEncoder().encode(text), (byte) => byteLetters[byte]!)

/** BPE of bytes, as GPT-2 has it. */
export function bpe(): Json {
  const merges: [string, string][] = []
  const tokens = ['<|endoftext|>', ...byteLetters]
  const learn = (text: string) => {
    let parts = spelt(text)
    for (const [a, b] of merges) parts = joined(parts, a, b)
    while (parts.length > 1) {
      const [a, b] = [parts[0]!, parts[1]!]
      merges.push([a, b])
      if (!tokens.includes(a + b)) tokens.push(a + b)
      parts = joined(parts, a, b)
    }
  }
  for (const text of [' the', ' sea', 'rise', ' moon', ' море', 'ра', '日本', '😀', 'بحر', ' bread', '  ', 'Tide', "'s"]) learn(text)
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [special(0, '<|endoftext|>')],
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: ids(tokens),
      merges: merges.map(([a, b]) => `${a} ${b}`),
    },
  }
}

export function joined(parts: readonly string[], a: string, b: string): string[] {
  const all: string[] = []
  for (let i = 0; i < parts.length; i++) {
    if (parts[i] === a && parts[i + 1] === b) {
      all.push(a + b)
      i++
    } else all.push(parts[i]!)
  }
  return all
}

/** Unigram as XLM-RoBERTa has it; `apart`: words are cut at white space before they get their sign. */
export function unigram(apart: boolean): Json {
  const pieces = [
    '▁',
    '▁the',
    '▁sea',
    'sea',
    's',
    'rise',
    '▁r',
    'ise',
    '▁moon',
    'moon',
    '▁море',
    'мо',
    'ре',
    '日本',
    '日',
    '本',
    'بحر',
    '▁بحر',
    '😀',
    '.',
    ',',
    '!',
    '▁__',
    'proto',
    '__',
    ...latin,
    ...'морелунаχος12',
  ]
  const vocab = [
    ['<s>', 0],
    ['<pad>', 0],
    ['</s>', 0],
    ['<unk>', 0],
    ...[...new Set(pieces)].map((piece, i) => [piece, -3 - ((i * 37) % 101) / 16 - i / 4096 + piece.length / 2]),
  ]
  const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true }
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: ['<s>', '<pad>', '</s>', '<unk>'].map((content, id) => special(id, content)),
    normalizer: { type: 'Sequence', normalizers: [{ type: 'NFKC' }, { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' }] },
    pre_tokenizer: apart ? { type: 'Sequence', pretokenizers: [{ type: 'WhitespaceSplit' }, metaspace] } : metaspace,
    post_processor: null,
    decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
    model: { type: 'Unigram', unk_id: 3, vocab, byte_fallback: false },
  }
}

function ids(tokens: readonly string[]): Json {
  return Object.fromEntries(tokens.map((token, id) => [token, id]))
}

export function sizeOf({ model }: Json): number {
  const { vocab } = model as { vocab: Json | unknown[] }
  return Object.keys(vocab).length
}

type Kind = 'F64' | 'F32' | 'F16' | 'I8' | 'I32' | 'I64'
const bytesOf: { readonly [kind in Kind]: number } = { F64: 8, F32: 4, F16: 2, I8: 1, I32: 4, I64: 8 }

export interface Tensor {
  readonly kind: Kind
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

/** A safetensors file, written by hand. */
export function safetensors(tensors: { readonly [name: string]: Tensor }): Uint8Array {
  let end = 0
  const header = Object.fromEntries(
    Object.entries(tensors).map(([name, { kind, shape, values }]) => {
      const begin = end
      end += values.length * bytesOf[kind]
      return [name, { dtype: kind, shape, data_offsets: [begin, end] }]
    }),
  )
  const text = new TextEncoder().encode(JSON.stringify(header))
  const bytes = new Uint8Array(8 + text.length + end)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, BigInt(text.length), true)
  bytes.set(text, 8)
  let at = 8 + text.length
  for (const { kind, values } of Object.values(tensors)) {
    for (const value of values) {
      if (kind === 'F64') view.setFloat64(at, value, true)
      else if (kind === 'F32') view.setFloat32(at, value, true)
      else if (kind === 'F16') view.setUint16(at, half(value), true)
      else if (kind === 'I8') view.setInt8(at, value)
      else if (kind === 'I32') view.setInt32(at, value, true)
      else view.setBigInt64(at, BigInt(value), true)
      at += bytesOf[kind]
    }
  }
  return bytes
}

/** A number that a half can hold, as its bits. */
function half(value: number): number {
  if (value === 0) return 0
  const exponent = Math.floor(Math.log2(Math.abs(value)))
  return (value < 0 ? 0x8000 : 0) | ((exponent + 15) << 10) | ((Math.abs(value) / 2 ** exponent - 1) * 1024)
}

/** Numbers that all kinds can hold, and whose sums are exact. */
export function numbers(count: number, seed: number): number[] {
  let state = seed
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state >>> 24) - 128
  })
}

export interface Made {
  readonly files: { readonly [path: string]: Uint8Array }
  /** The vector of each token. */
  readonly rows: readonly (readonly number[])[]
}

export interface Making {
  readonly layout: 'model2vec' | 'sentence-transformers'
  readonly kind?: 'F32' | 'F16' | 'I8'
  readonly mapping?: boolean
  readonly weights?: boolean
  readonly normalize?: boolean
  readonly pooling?: Json
}

export const dimensions = 5

/** The files of a model with a tokenizer. */
export function modelOf(
  tokenizer: Json,
  { layout, kind = 'F32', mapping = false, weights = false, normalize = false, pooling }: Making,
): Made {
  const size = sizeOf(tokenizer)
  const rows = mapping ? Math.ceil(size / 3) : size
  const table = numbers(rows * dimensions, 7)
  const map = Array.from({ length: size }, (_, id) => (mapping ? (id * 7) % rows : id))
  const scales = Array.from({ length: size }, (_, id) => (weights ? ((id * 5) % 16) / 8 : 1))
  const own = layout === 'model2vec'
  const tensors = {
    [own ? 'embeddings' : 'embedding.weight']: { kind, shape: [rows, dimensions], values: table },
    ...(mapping && { mapping: { kind: 'I64', shape: [size], values: map } as Tensor }),
    ...(weights && { weights: { kind: 'F64', shape: [size], values: scales } as Tensor }),
  }
  const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
  const type = (name: string) => `sentence_transformers.models.${name}`
  const folder = own ? '' : '0_StaticEmbedding/'
  const modules = [
    { idx: 0, name: '0', path: own ? '.' : '0_StaticEmbedding', type: type('StaticEmbedding') },
    ...(pooling ? [{ idx: 1, name: '1', path: '1_Pooling', type: type('Pooling') }] : []),
    ...(normalize ? [{ idx: 2, name: '2', path: own ? '1_Normalize' : '2_Normalize', type: type('Normalize') }] : []),
  ]
  return {
    files: {
      [`${folder}tokenizer.json`]: json(tokenizer),
      [`${folder}model.safetensors`]: safetensors(tensors),
      'modules.json': json(modules),
      ...(own && {
        'config.json': json({
          model_type: 'model2vec',
          architectures: ['StaticModel'],
          normalize,
          embedding_dtype: 'float32',
          ...(mapping && { vocabulary_quantization: rows }),
        }),
      }),
      ...(!own && { 'config_sentence_transformers.json': json({ __version__: {}, similarity_fn_name: 'cosine' }) }),
      ...(pooling && { '1_Pooling/config.json': json(pooling) }),
    },
    rows: map.map((row, id) => table.slice(row * dimensions, (row + 1) * dimensions).map((value) => value * scales[id]!)),
  }
}

export function writeModel(folder: string, { files }: Pick<Made, 'files'>): string {
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), bytes)
  }
  return folder
}
