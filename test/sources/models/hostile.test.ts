import { describe, expect, test } from 'vitest'
import { staticModel } from '../../../src/sources/models/staticModel.ts'
import { bpe, dimensions, type Json, modelOf, safetensors, sizeOf, type Tensor, unigram, wordPiece } from './tiny.ts'

const bytes = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
const { files } = modelOf(wordPiece(), { layout: 'model2vec' })
const size = sizeOf(wordPiece())
const table: Tensor = { kind: 'F32', shape: [size, dimensions], values: new Array(size * dimensions).fill(1) }
const tensors = (given: { readonly [name: string]: Tensor }) => ({ ...files, 'model.safetensors': safetensors(given) })
const tokenizer = (change: (file: Json & { model: Json }) => Json, of: Json = wordPiece()) => ({
  ...modelOf(of, { layout: 'model2vec' }).files,
  'tokenizer.json': bytes(change(of as Json & { model: Json })),
})
const withModel = (more: Json, of: Json = wordPiece()) => tokenizer((file) => ({ ...file, model: { ...file.model, ...more } }), of)
const modules = (...types: string[]) => ({
  ...files,
  'modules.json': bytes(
    types.map((type, idx) => ({ idx, path: idx === 0 ? '.' : `${idx}_${type}`, type: `sentence_transformers.models.${type}` })),
  ),
})
const list = (kind: Tensor['kind'], values: readonly number[]): Tensor => ({ kind, shape: [values.length], values })
const rows = Array.from({ length: size }, (_, i) => i)
const without = (name: string) => Object.fromEntries(Object.entries(files).filter(([path]) => path !== name))

describe('a static model is refused by name', () => {
  test.each<[string, unknown, string | RegExp]>([
    ['what is no model', 'potion', 'expected a URL, or files such as'],
    ['files that are no bytes', { 'tokenizer.json': '{}' }, 'expected a URL, or files such as'],
    ['no files', {}, 'expected tokenizer.json in "model", got none'],
    ['no table', without('model.safetensors'), 'expected model.safetensors in "model", got none'],
    [
      'a pointer',
      { ...files, 'model.safetensors': bytes('version https://git-lfs.github.com/spec/v1\n') },
      'got a pointer of Git LFS; git lfs pull fetches them',
    ],
    [
      'a table cut short',
      { ...files, 'model.safetensors': files['model.safetensors']!.subarray(0, -1) },
      'model/model.safetensors: expected a file of',
    ],
    [
      'other tensors',
      tensors({ weight: table }),
      'expected a tensor embeddings or embedding.weight in model/model.safetensors, got ["weight"]',
    ],
    ['no rows', tensors({ embeddings: { kind: 'F32', shape: [0, 4], values: [] } }), 'expected embeddings of rows × dimensions'],
    [
      'a list',
      tensors({ embeddings: list('F32', [1, 2]) }),
      'expected embeddings of rows × dimensions in model/model.safetensors, got [2]',
    ],
    [
      'fewer rows than tokens',
      tensors({ embeddings: { ...table, shape: [1, dimensions], values: [1, 2, 3, 4, 5] } }),
      'expected ids below 1, as many as model has vectors',
    ],
    [
      'NaN',
      tensors({ embeddings: { ...table, values: table.values.with(7, Number.NaN) } }),
      'expected finite embeddings in model/model.safetensors, got "NaN in row 1"',
    ],
    [
      'a mapping beyond the rows',
      tensors({ embeddings: table, mapping: list('I64', rows.with(3, size)) }),
      `expected a mapping to the ${size} rows`,
    ],
    ['a mapping below them', tensors({ embeddings: table, mapping: list('I32', rows.with(3, -1)) }), 'got -1'],
    ['a mapping of fewer tokens', tensors({ embeddings: table, mapping: list('I64', [0]) }), 'expected ids below 1'],
    ['weights of fewer tokens', tensors({ embeddings: table, weights: list('F64', [1]) }), `expected weights for ${size} tokens`],
    ['weights that are infinite', tensors({ embeddings: table, weights: list('F64', rows.with(2, Infinity)) }), 'expected finite weights'],
    [
      'a module whose type has no name',
      { ...files, 'modules.json': bytes([{ path: '', type: { toString: null } }]) },
      'expected a StaticEmbedding as the first module, or a Transformer in model/modules.json, got',
    ],
    [
      'weights too large for their rows',
      tensors({ embeddings: { ...table, values: table.values.with(0, 1e38) }, weights: list('F64', rows.with(0, 1e38)) }),
      'expected finite products of embeddings and weights in model/model.safetensors, got "Infinity for token 0"',
    ],
    ['no JSON', { ...files, 'tokenizer.json': bytes('{') }, 'expected JSON in model/tokenizer.json'],
    ['a list of tokens', { ...files, 'tokenizer.json': bytes([]) }, 'expected a tokenizer as an object'],
    [
      'another model',
      withModel({ type: 'Morfessor' }),
      'expected a tokenizer model of WordPiece, BPE, Unigram, WordLevel in model/tokenizer.json, got "Morfessor"',
    ],
    ['no vocabulary', withModel({ vocab: null }), 'expected the vocabulary of a WordPiece model'],
    ['ids that are none', withModel({ vocab: { a: -1 } }), 'expected ids below 16777216'],
    [
      'an id beyond the rows',
      withModel({ vocab: { ...(wordPiece().model as { vocab: Json }).vocab, extra: size } }),
      `got ${size} for "extra"`,
    ],
    ['scores that are none', withModel({ vocab: [['a', 'b']] }, unigram(true)), 'expected tokens with finite scores'],
    ['an unknown id beyond', withModel({ unk_id: 999999 }, unigram(true)), 'expected unk_id as the place of a token'],
    ['bytes for what Unigram lacks', withModel({ byte_fallback: true }, unigram(true)), 'expected a Unigram model without byte_fallback'],
    ['no merges', withModel({ merges: null }, bpe()), 'expected the merges of a BPE model'],
    ['merges that are none', withModel({ merges: [1, 2] }, bpe()), 'expected a tokenizer that @huggingface/tokenizers knows'],
    [
      'added tokens that are none',
      tokenizer((file) => ({ ...file, added_tokens: [{ id: 1 }] })),
      'expected added_tokens as { id, content }',
    ],
    ['an added token beyond the rows', tokenizer((file) => ({ ...file, added_tokens: [{ id: 5000, content: 'x' }] })), 'got 5000 for "x"'],
    ['another normalizer', tokenizer((file) => ({ ...file, normalizer: { type: 'Nmt' } })), 'got "Unknown Normalizer type: Nmt"'],
    [
      'another pre-tokenizer',
      tokenizer((file) => ({ ...file, pre_tokenizer: { type: 'UnicodeScripts' } })),
      'got "Unknown PreTokenizer type: UnicodeScripts"',
    ],
    [
      'pieces of no length',
      tokenizer((file) => ({ ...file, pre_tokenizer: { type: 'FixedLength', length: 0 } })),
      'expected FixedLength with a length ≥ 1',
    ],
    [
      'another module',
      modules('StaticEmbedding', 'Dense'),
      'expected modules of StaticEmbedding, Pooling and Normalize in model/modules.json, got "Dense"',
    ],
    [
      'another first module',
      modules('CLIPModel'),
      'expected a StaticEmbedding as the first module, or a Transformer in model/modules.json, got "CLIPModel"',
    ],
    ['a transformer', modules('Transformer', 'Pooling'), 'got a transformer, which transformerModel reads'],
    [
      'a path out of the model',
      { ...files, 'modules.json': bytes([{ path: '../other', type: 'StaticEmbedding' }]) },
      'expected paths within the model',
    ],
    ['modules that are none', { ...files, 'modules.json': bytes({}) }, 'expected a list of modules'],
    [
      'another pooling',
      { ...modules('StaticEmbedding', 'Pooling'), '1_Pooling/config.json': bytes({ pooling_mode: 'median' }) },
      'pooling_mode must be one of',
    ],
  ])('%s', async (_, given, message) => {
    await expect(staticModel(given as never)).rejects.toThrow(message)
  })

  test('names like those of objects are tokens as any other', async () => {
    const model = await staticModel(files)
    expect(model.tokens('__proto__ constructor').map(({ known }) => known)).toContain(true)
    expect(({} as { id?: unknown }).id).toBeUndefined()
  })

  test('a text that is none', async () => {
    const model = await staticModel(files)
    expect(() => model.tokens(1 as never)).toThrow('staticModel: expected a text, got 1')
  })
})

describe('a tokenizer may', () => {
  const tokens = async (given: { readonly [path: string]: Uint8Array }, text: string) => (await staticModel(given)).tokens(text)

  test('be one of whole words', async () => {
    const vocab = { '[UNK]': 0, the: 1, sea: 2 }
    const file = {
      version: '1.0',
      normalizer: { type: 'Lowercase' },
      pre_tokenizer: { type: 'Whitespace' },
      model: { type: 'WordLevel', vocab, unk_token: '[UNK]' },
    }
    expect(await tokens(modelOf(file, { layout: 'model2vec' }).files, 'The red sea')).toEqual([
      { id: 1, from: 0, to: 3, known: true },
      { id: 0, from: 4, to: 7, known: false },
      { id: 2, from: 8, to: 11, known: true },
    ])
  })

  test('have words added, whole or not, with the white space beside them', async () => {
    const added = [
      { id: 1, content: 'sea', single_word: true, normalized: false },
      { id: 2, content: '<x>', lstrip: true, rstrip: true, normalized: false },
      { id: 3, content: 'Moon', normalized: true },
    ]
    const of = tokenizer((file) => ({ ...file, added_tokens: added }), bpe())
    expect((await tokens(of, 'sea')).map(({ id }) => id)).toEqual([1])
    expect((await tokens(of, 'seas')).some(({ id }) => id === 1)).toBe(false)
    expect((await tokens(of, 'a  <x>\nb')).find(({ id }) => id === 2)).toMatchObject({ from: 1, to: 7 })
    expect((await tokens(of, 'x Moon')).at(-1)).toMatchObject({ id: 3, from: 2, to: 6 })
  })

  test('fall back to bytes, each with the place of its letter', async () => {
    const bytesOf = (text: string) => Array.from(new TextEncoder().encode(text), (byte) => `<0x${byte.toString(16).toUpperCase()}>`)
    const all = ['<unk>', '▁', 'a', ...bytesOf('é日')]
    const file = {
      version: '1.0',
      normalizer: {
        type: 'Sequence',
        normalizers: [
          { type: 'Prepend', prepend: '▁' },
          { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
        ],
      },
      pre_tokenizer: null,
      model: {
        type: 'BPE',
        unk_token: '<unk>',
        fuse_unk: true,
        byte_fallback: true,
        merges: [],
        vocab: Object.fromEntries(all.map((token, id) => [token, id])),
      },
    }
    const given = await tokens(modelOf(file, { layout: 'sentence-transformers' }).files, 'é a日xyaz')
    expect(given.map(({ id, from, to }) => [all[id], from, to])).toEqual([
      ['▁', 0, 0],
      ...bytesOf('é').map((byte) => [byte, 0, 1]),
      ['▁', 1, 2],
      ['a', 2, 3],
      ...bytesOf('日').map((byte) => [byte, 3, 4]),
      ['<unk>', 4, 6],
      ['a', 6, 7],
      ['<unk>', 7, 8],
    ])
  })
})
