import { type Layout, rateOf } from '../core/frames.ts'
import type { StageSpec } from '../core/stage.ts'
import { peaksOf } from '../stages/spectra/mel.ts'

/** Frequencies by the names of bins: 'hz31.25' says its own, 'mel3' that of its filter's peak. */
export type Hertz = ReadonlyMap<string, number>

const makers = ['mel', 'logMel', 'kaldiFbank']

/** What the bins of a stage's output stand for, where it makes a spectrum; else what they stood for before. */
export function hertzOf({ stage, ...spec }: StageSpec, input: Layout, output: Layout, before: Hertz): Hertz {
  if (!makers.includes(stage)) return before
  const { preset, low, high } = spec as { readonly preset?: string; readonly low?: number; readonly high?: number }
  const kaldi = stage === 'kaldiFbank' || preset === 'kaldi'
  const scale = (spec.scale as 'htk' | undefined) ?? (kaldi ? 'kaldi' : preset === 'librosa' || preset === 'whisper' ? 'slaney' : 'htk')
  const names = output.names.bins.filter((name) => name.startsWith('mel'))
  const top = stage === 'mel' ? Math.max(...input.names.bins.map(ownHertz)) : rateOf(input.clock, 'plot') / 2
  const peaks = peaksOf({ bands: names.length, scale, low: low ?? (kaldi ? 20 : 0), high: high ?? top })
  return new Map(names.map((name, band) => [name, peaks[band]!]))
}

/** The frequency of each row, halfway for rows of several bins ('mel0-mel3'); undefined where one has none, or they do not rise. */
export function rowHertz(bins: readonly string[], hertz: Hertz): readonly number[] | undefined {
  const all = bins.map((name) => {
    const ends = name.split('-').map((bin) => hertz.get(bin) ?? ownHertz(bin))
    return ends.reduce((sum, end) => sum + end, 0) / ends.length
  })
  return all.length > 2 && all.every((one, i) => one >= (all[i - 1] ?? 0)) ? all : undefined
}

function ownHertz(name: string): number {
  return /^hz\d/.test(name) ? Number(name.slice(2)) : Number.NaN
}
