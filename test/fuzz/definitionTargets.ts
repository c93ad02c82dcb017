import { isDeepStrictEqual } from 'node:util'
import { poolingFrom, poolingText, stagesFrom, stageText } from '../../src/cli/notation.ts'
import { plain } from '../../src/core/options.ts'
import { type PoolingSpec, type StageSpec, stageFrom } from '../../src/index.ts'
import { pipelineFrom } from '../../src/node.ts'
import { sources } from '../../src/pipeline/sources.ts'
import { poolingOf } from '../../src/poolings/named.ts'
import type { Draws } from './draws.ts'
import { must } from './judge.ts'
import { jsonNonsense, warped } from './nonsense.ts'
import { optionsFor } from './optionValues.ts'
import { poolingNames, poolingSpec, stageNames, stageSpec } from './specs.ts'
import type { Target } from './target.ts'

function definitionFor(draws: Draws, wild?: (draws: Draws) => unknown): Record<string, unknown> {
  const [source, { options }] = draws.pick(Object.entries(sources))
  const sink = draws.pick([
    undefined,
    undefined,
    { sink: 'toJsonl', path: 'a.jsonl' },
    { sink: 'toCsv', path: 'a.csv' },
    { sink: 'toNpy', path: 'a.npy' },
  ])
  return {
    source: { source, ...(draws.chance(0.3) && { inputs: ['a.wav'] }), ...optionsFor(draws, options, wild) },
    stages: draws.list(draws.below(4), () => stageSpec(draws, wild)),
    ...(sink && { sink }),
  }
}

/** What would have to be read from elsewhere. */
const elsewhere = /"(module|vectors|fit|tensors|counts|sif)":|\.json"/

/** Definitions in JSON: what is taken says the same again, and fits or is refused when it is loaded. */
export const pipelines: Target = {
  name: 'pipelines',
  open: () => async (draws, note) => {
    const definition = definitionFor(draws, draws.chance(0.3) ? jsonNonsense : undefined)
    const { value } = draws.chance(0.6) ? warped({ definition }, draws, jsonNonsense) : { value: { definition } }
    note(JSON.stringify(value.definition)?.slice(0, 300) ?? 'nothing')
    const pipeline = pipelineFrom(value.definition)
    const json = JSON.stringify(pipeline.toJSON())
    const again = JSON.stringify(pipelineFrom(JSON.parse(json)).toJSON())
    must(again === json, () => `written again it is ${again.slice(0, 150)}, not ${json.slice(0, 150)}`)
    must(!('polluted' in {}), () => 'the prototype of all objects was changed')
    const named = pipeline.source.source
    if (!elsewhere.test(json) && (named === 'audioFiles' || named === 'pcm')) await pipeline.load()
  },
}

const numbers = [
  '0',
  '1',
  '-1',
  '0.5',
  '1e3',
  '1e999',
  'Infinity',
  'NaN',
  'true',
  'null',
  "'a'",
  '"a"',
  '[1,2]',
  '[',
  '[[1],[2]]',
  '10ms',
  '',
]

/** Letters from which texts in the notation are made, well formed more often than not. */
function text(draws: Draws, names: readonly string[], depth = 0): string {
  const call = () => {
    const name = draws.chance(0.9) ? draws.pick(names) : draws.pick(['', '(', '__proto__', '3', 'a b', 'é'])
    if (draws.chance(0.5) || depth > 2) return name
    const option = () =>
      !draws.chance(0.8)
        ? text(draws, names, depth + 1)
        : `${draws.chance(0.7) ? draws.pick(['p', 'size', 'stride', 'bands', 'parts', 'pooling', 'q']) : text(draws, names, depth + 1)}=${draws.pick(numbers)}`
    return `${name}(${draws.list(draws.below(4), option).join(draws.pick([',', ', ', ',,']))})`
  }
  return draws.list(draws.between(1, 3), call).join(',')
}

const odd = [
  '(',
  ')',
  '=',
  ',',
  '[',
  ']',
  '"',
  ' ',
  '\n',
  '\\',
  '.json',
  '\u0000',
  '😀',
  '-',
  '9'.repeat(400),
  '('.repeat(3000),
  '['.repeat(3000),
]

/** Texts as on a command line; what is read can be written and read again. */
export const notation: Target = {
  name: 'notation',
  open: () => (draws, note) => {
    const pooling = draws.chance(0.5)
    const spec = draws.chance(0.3)
    let written = spec
      ? pooling
        ? poolingText(poolingSpec(draws, undefined, 1) as never)
        : stageText(stageSpec(draws) as never)
      : text(
          draws,
          (pooling ? poolingNames : stageNames).map(({ name }) => name),
        )
    for (let i = draws.pick([0, 0, 1, 2]); i > 0; i--) {
      const at = draws.below(written.length + 1)
      written = written.slice(0, at) + draws.pick(odd) + written.slice(at + draws.below(2))
    }
    note(JSON.stringify(written.slice(0, 200)))
    const read = pooling ? poolingFrom(written) : stagesFrom(written)
    // What names no pooling or stage, or gives it other options, has no text.
    if (pooling) poolingOf(read as PoolingSpec, '--pool')
    else for (const spec of read as StageSpec[]) stageFrom(spec)
    const again = pooling ? poolingFrom(poolingText(read as PoolingSpec)) : stagesFrom((read as StageSpec[]).map(stageText).join(','))
    must(isDeepStrictEqual(plain(read), plain(again)), () => `${JSON.stringify(read)}, and read again ${JSON.stringify(again)}`)
  },
}
