// Whether proportions learned on some voices tell words by others better than maximum and mean alone.
import {
  adaptivePool1d,
  apply,
  blocks,
  type Failure,
  frames,
  normalize,
  type PoolingLike,
  type PoolingSpec,
  pool1d,
  pyramidPool,
  type Sequence,
  type Stage,
  signal,
} from 'poolwise'
import { toGated, toMixed } from 'poolwise/node'
import { from, lastValueFrom, type OperatorFunction, of } from 'rxjs'
import { table } from '../../src/cli/table.ts'
import { differenceInterval, meanInterval } from './bootstrap.ts'
import { cepstra } from './recipes.ts'
import { found, listener } from './speech.ts'
import { range, share, signed, signedRange } from './table.ts'
import { corpus, type Utterance } from './voices.ts'

const front: readonly Stage[] = [...cepstra, normalize({ variance: false })]
const taps = 4
const parts = 8

/** Where a pooling stands: what comes before it, and itself. */
interface Place {
  readonly name: string
  readonly before: readonly Stage[]
  readonly pool: (pooling: PoolingLike) => Stage
  /** Whether its windows are of `taps` frames; each is then learned of by itself, as the word's first eighth, its second. */
  readonly even: boolean
}

const places: readonly Place[] = [
  {
    name: `of each word in ${parts} parts`,
    before: front,
    pool: (pooling) => pyramidPool(pooling, { levels: [parts] }),
    even: false,
  },
  {
    name: `of each word in ${parts} parts of ${taps} frames`,
    before: [...front, adaptivePool1d('mean', { count: parts * taps })],
    pool: (pooling) => pool1d(pooling, { size: taps }),
    even: true,
  },
]

/** The clean words of the voices to choose by. */
function labelled(utterances: readonly Utterance[], { before, even }: Place): Sequence[] {
  return utterances
    .filter(({ voice }) => voice.part === 'choose')
    .flatMap(({ word, samples }): Sequence[] => {
      const whole = apply(signal(samples, { rate: 16000 }), ...before)
      if (!even) return [{ id: word, label: word, frames: of(whole) }]
      return [...blocks(whole, taps)].map(({ data, layout: { bins } }, i) => ({
        id: word,
        label: `${word} ${i}`,
        frames: of(frames(data, { bins })),
      }))
    })
}

async function learned(sequences: readonly Sequence[], operator: OperatorFunction<Sequence, PoolingSpec | Failure>): Promise<PoolingLike> {
  const found = await lastValueFrom(from(sequences).pipe(operator))
  if (typeof found === 'object' && 'error' in found) throw found.error
  return found as PoolingLike
}

/** Words by the voices to report on, named by max, mean, halves of both, and what was learned. */
export async function mixing(): Promise<string> {
  const utterances = await corpus()
  const report = listener(utterances, 'report')
  const lines: string[] = []
  for (const place of places) {
    const { name, before, pool, even } = place
    const sequences = labelled(utterances, place)
    const ways: [name: string, pooling: PoolingLike][] = [
      ['mean', 'mean'],
      ['max', 'max'],
      [
        'half of each',
        {
          pooling: 'mixed',
          parts: [
            ['max', 0.5],
            ['mean', 0.5],
          ],
        },
      ],
      ['mixed, learned', await learned(sequences, toMixed(['max', 'mean'], pool))],
    ]
    if (even) ways.push(['gated, learned', await learned(sequences, toGated(taps, pool))])
    const rows = ways.map(([way, pooling]) => {
      const scores = found(report.said, report.vectors({ name: way, stages: [...before, pool(pooling)] })).all
      return { way, scores, interval: meanInterval(scores, 'speech') }
    })
    const best = rows.reduce((most, one) => (one.interval.value > most.interval.value ? one : most))
    const gains = rows.slice(3).flatMap(({ way, scores }) =>
      rows.slice(0, 2).map((alone) => {
        const gain = differenceInterval(scores, alone.scores, 'mixing')
        return `${way}, more than ${alone.way}: ${signed(gain.value)} (${signedRange(gain)})`
      }),
    )
    lines.push(
      `Max and mean ${name}:`,
      '',
      ...table(
        [
          ['', 'found', 'interval', ''],
          ...rows.map((row) => [row.way, share(row.interval.value), range(row.interval), row === best ? '← the highest' : '']),
        ],
        [1],
      ),
      '',
      ...gains,
      '',
    )
  }
  return ['Words by voices that nothing was learned of, % found (95 % intervals).', '', ...lines].join('\n').trimEnd()
}
