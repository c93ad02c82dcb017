// A million tokens by a static model, beside words by wink-nlp, and sentences a second beside a transformer in miniature.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eachSequence, embed, globalPool, l2Normalize, toVectors } from 'poolwise'
import { loadVectors, staticModel, texts } from 'poolwise/text'
import { lastValueFrom, type Observable } from 'rxjs'
import { writeModel } from '../peers/encoder.ts'
import { loadPeers } from '../peers/peers.ts'
import { safetensors } from '../sources/models/tiny.ts'
import { type Measured, measure, type Pace, significant, type Table, times } from './timing.ts'

const count = 1_000_000
const dimensions = 256
const pace: Pace = { runs: 3, rounds: 1, seconds: 10 }
// Of the sentences for the transformer; its time is told for all.
const share = 50

const last = (stream: Observable<unknown>) => lastValueFrom(stream, { defaultValue: undefined })

export async function models(): Promise<Table> {
  const lines = readFileSync(new URL('../../samples/text/sentences.txt', import.meta.url), 'utf8')
    .split('\n')
    .filter(Boolean)
  const words = [
    ...new Set(
      lines
        .join(' ')
        .toLowerCase()
        .match(/\w+|[^\w\s]/g),
    ),
  ]
  const model = await staticModel(modelOf(words))
  const all: string[] = []
  let tokens = 0
  for (let k = 0; tokens < count; k++) {
    all.push(lines[(k * 101 + Math.floor(k / lines.length)) % lines.length]!)
    tokens += model.tokens(all.at(-1)!).length
  }
  const vectors = await loadVectors()
  const tokenized = () => {
    for (const text of all) model.tokens(text)
  }
  const ours = () => last(texts(all, { model }).pipe(eachSequence(globalPool('mean'), l2Normalize()), toVectors()))
  const byWords = () => last(texts(all, { vectors }).pipe(eachSequence(embed(vectors), globalPool('mean'), l2Normalize()), toVectors()))
  const [split, whole, wink] = (await measure([tokenized, ours, byWords], pace)) as [Measured, Measured, Measured]
  const row = (name: string, { time, count: n }: Measured, ratio: number) => [
    name,
    times(ratio),
    significant(time),
    significant(tokens / time / 1000),
    significant((1000 * all.length) / time),
    String(n),
  ]
  return {
    title: `Sentence models: ${tokens.toLocaleString('en')} tokens of ${all.length.toLocaleString('en')} sentences to their vectors of ${dimensions}`,
    note: `A WordPiece model of ${words.length.toLocaleString('en')} words. What is over 1× in the second row is the look-up, sentences and the pooling. The transformer is one layer of 32 dimensions, in batches of 32; its time is that of every ${share}th sentence, times ${share}.`,
    head: ['work', '× our tokenizing', 'ms', 'million tokens a second', 'sentences a second', 'runs'],
    rows: [
      row('text → tokens with their places', split, 1),
      row('texts with a model → globalPool(mean) → l2Normalize → vectors', whole, whole.toFirst),
      row('the same by words: wink-nlp → embed → globalPool(mean) → …', wink, wink.toFirst),
      ...(await transformed(words, all, split, row)),
    ],
  }
}

async function transformed(
  words: readonly string[],
  all: readonly string[],
  split: Measured,
  row: (name: string, measured: Measured, ratio: number) => string[],
): Promise<string[][]> {
  const peers = await loadPeers()
  if (!peers) return []
  const folder = mkdtempSync(join(tmpdir(), 'poolwise-bench-'))
  try {
    writeModel(folder, {
      words,
      table: Array.from({ length: words.length + 4 }, (_, i) => Array.from({ length: 32 }, (_, k) => Math.sin(i * 32 + k))),
    })
    const extract = await peers.transformers.pipeline('feature-extraction', folder, { local_files_only: true, dtype: 'fp32' })
    const some = all.filter((_, i) => i % share === 0)
    const run = async () => {
      for (let i = 0; i < some.length; i += 32) await extract(some.slice(i, i + 32), { pooling: 'mean' })
    }
    const [theirs] = (await measure([run], pace)) as [Measured]
    const time = (theirs.time * all.length) / some.length
    return [row('Transformers.js: feature-extraction, pooling mean', { ...theirs, time }, time / split.time)]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A model of all words of the sentences, their letters and what they go on with. */
function modelOf(words: readonly string[]): { [path: string]: Uint8Array } {
  const letters = [...new Set(words.join(''))]
  const tokens = ['[PAD]', '[UNK]', ...new Set([...words, ...letters]), ...letters.map((letter) => `##${letter}`)]
  const tokenizer = {
    version: '1.0',
    added_tokens: [{ id: 1, content: '[UNK]', special: true, normalized: false }],
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
    },
  }
  const values = Array.from({ length: tokens.length * dimensions }, (_, i) => Math.sin(i))
  return {
    'tokenizer.json': new TextEncoder().encode(JSON.stringify(tokenizer)),
    'config.json': new TextEncoder().encode('{"model_type": "model2vec", "normalize": true}'),
    'model.safetensors': safetensors({ embeddings: { kind: 'F32', shape: [tokens.length, dimensions], values } }),
  }
}
