import * as check from '../core/check.ts'
import { boolean, checked, type Given, Option, read } from '../core/options.ts'
import type { Pooling } from '../core/pooling.ts'
import { concatenation } from '../poolings/composed/concatenation.ts'
import { first } from '../poolings/first.ts'
import { last } from '../poolings/last.ts'
import { max } from '../poolings/max.ts'
import { mean } from '../poolings/mean.ts'
import { positionMean } from '../poolings/positionMean.ts'
import { sqrtLength } from '../poolings/sqrtLength.ts'

const poolings = { cls: first, max, mean, mean_sqrt_len_tokens: sqrtLength, weightedmean: positionMean, lasttoken: last }
type Mode = keyof typeof poolings

function dimension() {
  return checked<number>({ type: 'integer', minimum: 1 }, (who, _, value) => check.integer(who, 'the embedding dimension', value, 1))
}

/** What a sentence-transformers model keeps in `1_Pooling/config.json`, in its old form or its new one; modes in the order in which the old one concatenates. */
const configOptions = {
  pooling_mode_cls_token: /* @__PURE__ */ boolean().default(false),
  pooling_mode_max_tokens: /* @__PURE__ */ boolean().default(false),
  pooling_mode_mean_tokens: /* @__PURE__ */ boolean().default(false),
  pooling_mode_mean_sqrt_len_tokens: /* @__PURE__ */ boolean().default(false),
  pooling_mode_weightedmean_tokens: /* @__PURE__ */ boolean().default(false),
  pooling_mode_lasttoken: /* @__PURE__ */ boolean().default(false),
  word_embedding_dimension: /* @__PURE__ */ dimension().optional('any'),
  /** The new form: a mode or several, concatenated in their order. */
  pooling_mode: /* @__PURE__ */ new Option<string | readonly string[], readonly Mode[]>(
    (who, name, value) => {
      const list: readonly unknown[] = check.listIn(value) ?? [value]
      const modes = list.map((mode) => check.oneOf(who, name, mode, Object.keys(poolings) as Mode[]))
      if (new Set(modes).size < modes.length) throw check.refusal(who, `${name} must name each mode once`, value)
      return modes
    },
    { type: ['string', 'array'] },
  ).optional('the old form'),
  embedding_dimension: /* @__PURE__ */ dimension().optional('any'),
  /** Whether the tokens of a prompt are pooled too. */
  include_prompt: /* @__PURE__ */ boolean().default(true),
}

export type SentenceConfig = Given<typeof configOptions>

const oldForm = {
  pooling_mode_cls_token: 'cls',
  pooling_mode_max_tokens: 'max',
  pooling_mode_mean_tokens: 'mean',
  pooling_mode_mean_sqrt_len_tokens: 'mean_sqrt_len_tokens',
  pooling_mode_weightedmean_tokens: 'weightedmean',
  pooling_mode_lasttoken: 'lasttoken',
} as const
const keys = Object.keys(oldForm) as (keyof typeof oldForm)[]

/**
 * The pooling that a sentence-transformers model was trained with, from its `1_Pooling/config.json`. Where old and new form are both there, the new one counts, and
 * where none sets a mode, the mean, as there.
 *
 * Shape: tokens of `word_embedding_dimension` values (checked when planned, if the config tells it) → one frame, a plane a mode.
 *
 * @throws TypeError or RangeError for what is no such config: unknown keys and modes, nothing at all, an empty list of modes or one twice, and for frames of another dimension
 * @source sentence-transformers, Pooling
 * @example
 * poolTokens({ data: [1, 5, 3, 3], shape: [1, 2, 2] }, undefined, sentencePooling({ pooling_mode: 'mean', embedding_dimension: 2 })).data // 2, 4
 */
export function sentencePooling(config: SentenceConfig): Pooling {
  const who = 'sentencePooling'
  const own = check.known(who, config, Object.keys(configOptions))
  const values = read(who, configOptions, own)
  if (values.pooling_mode?.length === 0 || Object.keys(own).length === 0)
    throw check.refusal(who, `expected at least one of ${keys.join(', ')} to be true, or a pooling_mode`, own)
  const modes = values.pooling_mode ?? keys.filter((key) => values[key]).map((key) => oldForm[key])
  // Where none is set, it is the mean, as there.
  const parts = (modes.length === 0 ? (['mean'] as const) : modes).map((mode) => poolings[mode])
  const [only, ...more] = parts as [Pooling, ...Pooling[]]
  const pooling = more.length === 0 ? only : concatenation(parts as readonly Pooling[])
  return {
    ...pooling,
    fit(shape) {
      for (const dimension of [values.word_embedding_dimension, values.embedding_dimension]) {
        if (dimension !== undefined && shape.lanes !== dimension)
          throw check.refusal(who, `tokens must have the config's ${dimension} dimensions`, shape.lanes)
      }
      return pooling.fit?.(shape) ?? pooling
    },
  }
}
