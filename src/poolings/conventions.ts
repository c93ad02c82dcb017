import { number, oneOf, type Read } from '../core/options.ts'

/** The systems whose statistics pooling std and stats can follow. */
export type Convention = 'wespeaker' | 'speechbrain' | 'ecapa' | 'pyannote' | 'kaldi'

/** An estimate from Σw, Σw², the mean Σwx / Σw and the scatter Σw(x − mean)². */
export interface Rule {
  readonly formula: string
  readonly source: string
  /** Whether it is the deviation that kernels know. */
  readonly measured?: true
  /** Whether it needs Σw². */
  readonly unbiased?: true
  std(scatter: number, weight: number, weight2: number, mean: number): number
  /** Where it is not Σwx / Σw. */
  mean?(sum: number, weight: number): number
}

/** Σw(x − mean)² / (Σw − Σw²/Σw): n − 1 frames of weight 1; of one frame nothing is left, but for rounding. */
function unbiased(scatter: number, weight: number, weight2: number, correction = 1): number {
  const free = weight - (correction * weight2) / weight
  return free > 1e-12 * weight ? scatter / free : Number.NaN
}

/** Σw + 1e-8, which pyannote's float32 cannot tell from Σw where frames weigh 1 or more; for less its formula stands as it does in float64. */
function guarded(weight: number): number {
  return weight < 1 ? weight + 1e-8 : weight
}

// One frame gives NaN with wespeaker and speechbrain, 1e-6 with ecapa, 1e-5 with kaldi, 0 with pyannote.
const conventions: { readonly [name in Convention]: Rule } = {
  wespeaker: {
    formula: '√(Σw(x − mean)² / (Σw − Σw²/Σw) + 1e-7)',
    source: 'WeSpeaker TSTP',
    unbiased: true,
    std: (scatter, weight, weight2) => Math.sqrt(unbiased(scatter, weight, weight2) + 1e-7),
  },
  speechbrain: {
    formula: '√(Σw(x − mean)² / (Σw − Σw²/Σw)) + 1e-5',
    source: 'SpeechBrain StatisticsPooling, without its noise',
    unbiased: true,
    std: (scatter, weight, weight2) => Math.sqrt(unbiased(scatter, weight, weight2)) + 1e-5,
  },
  ecapa: {
    formula: '√max(Σw(x − mean)² / Σw, 1e-12)',
    source: 'SpeechBrain AttentiveStatisticsPooling, attention as weights',
    std: (scatter, weight) => Math.sqrt(Math.max(scatter / weight, 1e-12)),
  },
  // The mean is Σwx / v, about which the deviations are taken; of a weight below 1 one frame gives about 6e-5·|x|/√w.
  pyannote: {
    formula: '√(Σw(x − mean)² / (v − Σw²/v + 1e-8)), v = Σw + (Σw < 1)·1e-8, mean = Σwx / v',
    source: 'pyannote.audio StatsPool with weights',
    unbiased: true,
    std(scatter, weight, weight2, mean) {
      const v = guarded(weight)
      const off = (mean * (v - weight)) / v
      return Math.sqrt((scatter + weight * off * off) / (v - weight2 / v + 1e-8))
    },
    mean: (sum, weight) => sum / guarded(weight),
  },
  kaldi: {
    formula: '√max(Σw(x − mean)² / Σw, 1e-10)',
    source: 'Kaldi nnet3 StatisticsPoolingComponent',
    std: (scatter, weight) => Math.sqrt(Math.max(scatter / weight, 1e-10)),
  },
}

/** The options of standard deviations. */
export const deviationOptions = {
  /** 0 divides by Σw; 1 gives the unbiased estimate, as in torch.std. */
  correction: number({ min: 0, max: 1 }).optional('0'),
  /** Instead of a correction: the convention of a system, with its epsilon. */
  convention: oneOf(...(Object.keys(conventions) as Convention[])).optional('none'),
}

/** The rule that the options of `who` ask for. */
export function ruleOf(who: string, { correction, convention }: Read<typeof deviationOptions>): Rule {
  if (convention !== undefined) {
    if (correction !== undefined) throw new TypeError(`${who}: expected either correction or convention, got both`)
    return conventions[convention]
  }
  if (!correction)
    return {
      formula: '√(Σw(x − mean)² / Σw)',
      measured: true,
      source: 'torch.std(unbiased=False); by options torch.std, WeSpeaker, SpeechBrain, ECAPA, pyannote, Kaldi',
      std: (scatter, weight) => Math.sqrt(scatter / weight),
    }
  return {
    formula: '√(Σw(x − mean)² / (Σw − Σw²/Σw))',
    source: 'torch.std',
    unbiased: true,
    std: (scatter, weight, weight2) => Math.sqrt(unbiased(scatter, weight, weight2, correction)),
  }
}
