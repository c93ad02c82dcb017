import { oneOf, taking } from '../core/options.ts'
import type { Pooling } from '../core/pooling.ts'
import type { Kept } from './kept.ts'
import { meanAndDeviation, perTime, timing } from './perTime.ts'

/**
 * How each lane rises and falls: from one turning point to the next is a part, whose slope is by how much it changes over its time. What stays as it is belongs to the part before.
 * Parts end where frames are not seen. 'rise' and 'fall' are the means of the slopes of rising and of falling parts, both counted as above 0, 'riseDeviation' and 'fallDeviation' their standard
 * deviations; 'peaks' is how many turns from rising to falling there are in the time of the region, unseen frames included.
 *
 * All 0 where there are none. NaN if one was seen. Its values are kept, so a region must be finite. Frame weights above 0 do not matter.
 */
export const contour = /* @__PURE__ */ taking(
  'contour',
  {
    /** What of it. */
    of: oneOf('rise', 'riseDeviation', 'fall', 'fallDeviation', 'peaks').default('rise'),
    ...perTime,
  },
  ({ of, per }, options): Pooling<Kept> =>
    timing(
      per,
      {
        name: 'contour',
        options,
        output: of,
        about: {
          formula: of === 'peaks' ? 'turns from rising to falling / time' : 'Δx / Δt from one turning point to the next',
          source:
            'openSMILE meanRisingSlope, stddevRisingSlope, meanFallingSlope, stddevFallingSlope, numPeaks; parts as Eyben et al. 2016 name them',
          use: 'melody and stress: how steeply pitch and loudness move, and how often',
          // Parts of +2, −1, +3 and −4 in a frame each.
          example: { input: [0, 2, 1, 4, 0], output: [{ rise: 2.5, riseDeviation: 0.5, fall: 2.5, fallDeviation: 1.5, peaks: 0.4 }[of]] },
          empty: 0,
        },
      },
      (values, weights, frame) => {
        const slopes: number[] = []
        let peaks = 0
        for (let from = 0; from < values.length; from++) {
          // The first and last frame of a part, which way it goes, and in which the values have moved last.
          let [start, way] = [from, 0]
          let t = from
          for (; t < values.length && weights[t]! > 0; t++) {
            if (Number.isNaN(values[t]!)) return NaN
            const step = t === from ? 0 : Math.sign(values[t]! - values[t - 1]!)
            if (step === 0 || step === way) continue
            if (way !== 0) {
              slopes.push((values[t - 1]! - values[start]!) / (t - 1 - start))
              if (step < 0) peaks++
              start = t - 1
            }
            way = step
          }
          if (way !== 0) slopes.push((values[t - 1]! - values[start]!) / (t - 1 - start))
          from = Math.max(from, t)
        }
        if (of === 'peaks') return values.length > 0 ? peaks / (values.length * frame) : 0
        const wanted = of.startsWith('rise')
          ? slopes.filter((slope) => slope > 0)
          : slopes.filter((slope) => slope < 0).map((slope) => -slope)
        const { mean, deviation } = meanAndDeviation(wanted.map((slope) => slope / frame))
        return of.endsWith('Deviation') ? deviation : mean
      },
    ),
)
