import { boolean, integer, known, oneOf, refusal } from '../core/check.ts'
import type { Pooling } from '../core/pooling.ts'
import { type PoolingName, poolingOf } from '../poolings/named.ts'

/** What a sentence-transformers model keeps in `1_Pooling/config.json`, in its old form or its new one. */
export interface SentenceConfig {
  /** The new form: a mode or several, concatenated in their order. */
  readonly pooling_mode?: string | readonly string[]
  readonly embedding_dimension?: number
  /** The old form: concatenated in the order of these keys. */
  readonly pooling_mode_cls_token?: boolean
  readonly pooling_mode_max_tokens?: boolean
  readonly pooling_mode_mean_tokens?: boolean
  readonly pooling_mode_mean_sqrt_len_tokens?: boolean
  readonly pooling_mode_weightedmean_tokens?: boolean
  readonly pooling_mode_lasttoken?: boolean
  readonly word_embedding_dimension?: number
  /** Whether the tokens of a prompt are pooled too; true by default. */
  readonly include_prompt?: boolean
}

type Mode = 'cls' | 'max' | 'mean' | 'mean_sqrt_len_tokens' | 'weightedmean' | 'lasttoken'

/** In the order in which the old form concatenates. */
const modes: readonly { readonly mode: Mode; readonly key: keyof SentenceConfig; readonly pooling: PoolingName }[] = [
  { mode: 'cls', key: 'pooling_mode_cls_token', pooling: 'first' },
  { mode: 'max', key: 'pooling_mode_max_tokens', pooling: 'max' },
  { mode: 'mean', key: 'pooling_mode_mean_tokens', pooling: 'mean' },
  { mode: 'mean_sqrt_len_tokens', key: 'pooling_mode_mean_sqrt_len_tokens', pooling: 'sqrtLength' },
  { mode: 'weightedmean', key: 'pooling_mode_weightedmean_tokens', pooling: 'positionMean' },
  { mode: 'lasttoken', key: 'pooling_mode_lasttoken', pooling: 'last' },
]

const keys = [...modes.map(({ key }) => key), 'pooling_mode', 'embedding_dimension', 'word_embedding_dimension', 'include_prompt']

const who = 'sentencePooling'

/**
 * The pooling that a sentence-transformers model was trained with, from its `1_Pooling/config.json`. Where old and new form are both there, the new one counts, as there.
 *
 * Shape: tokens of `word_embedding_dimension` values (checked when planned, if the config tells it) → one frame, a plane a mode.
 *
 * @throws TypeError or RangeError for what is no such config: unknown keys and modes, no mode or one twice, and for frames of another dimension
 * @source sentence-transformers, Pooling
 * @example
 * poolTokens({ data: [1, 5, 3, 3], shape: [1, 2, 2] }, undefined, sentencePooling({ pooling_mode: 'mean', embedding_dimension: 2 })).data // 2, 4
 */
export function sentencePooling(config: SentenceConfig): Pooling {
  known(who, config, keys)
  boolean(who, 'include_prompt', config.include_prompt ?? true)
  const names = config.pooling_mode === undefined ? oldForm(config) : newForm(config.pooling_mode)
  const [only, ...more] = names
  if (only === undefined) throw refusal(who, `expected at least one of ${modes.map(({ key }) => key).join(', ')} to be true`, config)
  const pooling = poolingOf(more.length === 0 ? only : names, who)
  const dimensions = [config.word_embedding_dimension, config.embedding_dimension]
    .filter((dimension) => dimension !== undefined)
    .map((dimension) => integer(who, 'the embedding dimension', dimension, 1))
  return {
    ...pooling,
    fit(shape) {
      for (const dimension of dimensions) {
        if (shape.lanes !== dimension) throw refusal(who, `tokens must have the config's ${dimension} dimensions`, shape.lanes)
      }
      return pooling.fit?.(shape) ?? pooling
    },
  }
}

function oldForm(config: SentenceConfig): readonly PoolingName[] {
  return modes.filter(({ key }) => boolean(who, key, config[key] ?? false)).map(({ pooling }) => pooling)
}

function newForm(given: unknown): readonly PoolingName[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given]
  const names = modes.map(({ mode }) => mode)
  const chosen = list.map((mode) => modes[names.indexOf(oneOf(who, 'pooling_mode', mode, names))]!.pooling)
  if (new Set(chosen).size < chosen.length) throw refusal(who, 'pooling_mode must name each mode once', given)
  return chosen
}
