import { oneOf, taking } from '../core/options.ts'
import type { Pooling } from '../core/pooling.ts'
import type { Kept } from './kept.ts'
import { meanAndDeviation, perTime, timing } from './perTime.ts'

/**
 * How long frames are seen, and not seen, at a stretch, whatever they hold: of frames masked by voicing or speech, the lengths of voiced segments and of pauses. 'seen' and 'unseen' are the mean lengths of
 * stretches of seen and of unseen frames, 'seenDeviation' and 'unseenDeviation' their standard deviations, 'rate' how many stretches of seen frames there are in the time of the region.
 *
 * All 0 where there are none. All frames are kept, so a region must be finite. Frame weights above 0 do not matter.
 */
export const runs = /* @__PURE__ */ taking(
  'runs',
  {
    /** What of them. */
    of: oneOf('seen', 'seenDeviation', 'unseen', 'unseenDeviation', 'rate').default('seen'),
    ...perTime,
  },
  ({ of, per }, options): Pooling<Kept> =>
    timing(
      per,
      {
        name: 'runs',
        options,
        output: of,
        about: {
          formula: of === 'rate' ? 'stretches of w > 0 / time' : `lengths of stretches of w ${of.startsWith('seen') ? '> 0' : '= 0'}`,
          source: 'Eyben et al. 2016, temporal features; openSMILE cFunctionalSegments',
          use: 'rhythm: voiced segments, pauses, how many a second',
          example: { input: [7, 7, 7, 7], output: [{ seen: 4, seenDeviation: 0, unseen: 0, unseenDeviation: 0, rate: 0.25 }[of]] },
          empty: 0,
        },
      },
      (_, weights, frame) => {
        const lengths: { readonly seen: number[]; readonly unseen: number[] } = { seen: [], unseen: [] }
        for (let from = 0, to = 0; from < weights.length; from = to) {
          const seen = weights[from]! > 0
          while (to < weights.length && weights[to]! > 0 === seen) to++
          lengths[seen ? 'seen' : 'unseen'].push((to - from) * frame)
        }
        if (of === 'rate') return weights.length > 0 ? lengths.seen.length / (weights.length * frame) : 0
        const { mean, deviation } = meanAndDeviation(of.startsWith('seen') ? lengths.seen : lengths.unseen)
        return of.endsWith('Deviation') ? deviation : mean
      },
    ),
)
