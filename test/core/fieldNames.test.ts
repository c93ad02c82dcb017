// A name that another library has for what is ours is answered with ours: a row for each wrong name, who gets it, and the hint.
import {
  adaptivePool1d,
  cepstrum,
  covariance,
  decibels,
  deltas,
  descriptors,
  frames,
  globalPool,
  kaldiFbank,
  kaldiMfcc,
  log,
  logMel,
  lp,
  mel,
  mfcc,
  pool1d,
  pool2d,
  project,
  quantile,
  resample,
  signal,
  spectrogram,
  stageFrom,
  stft,
  stochastic,
  truncate,
} from 'poolwise'
import 'poolwise/node'
import * as tensors from 'poolwise/tensors'
import { describe, expect, test } from 'vitest'
import { fieldName, optionNames, poolingNames, stageNames } from '../../src/core/fieldNames.ts'
import * as poolings from '../../src/poolings/index.ts'
import * as stages from '../../src/stages/index.ts'

type Given = (options: never) => unknown

const x = { data: [1, 2, 3], shape: [1, 3, 1] }
const operations: { readonly [name: string]: Given } = {
  adaptivePool1d: (options) => adaptivePool1d('max', options),
  cepstrum,
  covariance,
  decibels,
  deltas,
  descriptors,
  frames: (options) => frames([1], options),
  kaldiFbank,
  kaldiMfcc,
  log,
  logMel,
  lp,
  mel,
  mfcc,
  pool1d: (options) => pool1d('max', options),
  pool2d: (options) => pool2d('max', options),
  project,
  quantile,
  resample,
  signal: (options) => signal([1], options),
  spectrogram,
  stft,
  stochastic,
  'tensors.globalPool': (options) => tensors.globalPool('max', x, options),
  'tensors.maxPool1d': (options) => tensors.maxPool1d(x, options),
  truncate,
}

/** What of these options each library calls otherwise; `who` an operation, or several. */
const options: readonly (readonly [wrong: string, who: string | readonly string[], ours: string])[] = [
  ['n_mels', ['logMel', 'mel', 'mfcc', 'kaldiFbank'], 'bands'],
  ['num_mel_bins', ['logMel', 'kaldiFbank', 'kaldiMfcc'], 'bands'],
  ['nfilt', 'mfcc', 'bands'],
  ['n_fft', ['logMel', 'spectrogram', 'stft'], 'fft'],
  ['nFft', 'logMel', 'fft'],
  ['fft_size', 'spectrogram', 'fft'],
  ['fft_length', 'stft', 'fft'],
  ['size', ['logMel', 'spectrogram', 'kaldiFbank'], 'fft'],
  ['hop_length', ['logMel', 'spectrogram'], 'hop'],
  ['hopLength', 'logMel', 'hop'],
  ['hop_size', 'stft', 'hop'],
  ['frame_shift', 'kaldiFbank', 'hop'],
  ['frame_step', 'stft', 'hop'],
  ['winstep', 'mfcc', 'hop'],
  ['win_length', ['logMel', 'stft'], 'length'],
  ['window_size', ['logMel', 'spectrogram'], 'length'],
  ['frame_length', 'kaldiFbank', 'length'],
  ['winlen', 'mfcc', 'length'],
  ['fmin', ['logMel', 'mel', 'mfcc'], 'low'],
  ['f_min', 'logMel', 'low'],
  ['low_freq', 'kaldiFbank', 'low'],
  ['fmax', ['logMel', 'mel', 'mfcc'], 'high'],
  ['f_max', 'logMel', 'high'],
  ['high_freq', 'kaldiFbank', 'high'],
  ['n_mfcc', 'mfcc', 'coefficients'],
  ['num_ceps', 'kaldiMfcc', 'coefficients'],
  ['numcep', 'cepstrum', 'coefficients'],
  ['cepstral_lifter', 'kaldiMfcc', 'lifter'],
  ['top_db', 'decibels', 'range'],
  ['amin', ['decibels', 'log'], 'floor'],
  ['ref', 'decibels', 'reference'],
  ['power', ['logMel', 'spectrogram'], 'exponent'],
  ['mel_scale', 'mel', 'scale'],
  ['window_type', 'kaldiFbank', 'window'],
  ['win_type', 'stft', 'window'],
  ['use_energy', 'kaldiMfcc', 'energy'],
  ['use_log_fbank', 'kaldiFbank', 'log'],
  ['remove_dc_offset', 'kaldiFbank', 'removeOffset'],
  ['preemphasis_coefficient', 'kaldiFbank', 'preemphasis'],
  ['snip_edges', 'kaldiFbank', 'edges'],
  ['win_length', 'deltas', 'width'],
  ['lowpass_filter_width', 'resample', 'width'],
  ['roll_percent', 'descriptors', 'rolloff'],
  ['sample_rate', 'signal', 'rate'],
  ['sr', 'signal', 'rate'],
  ['sampling_rate', 'signal', 'rate'],
  ['new_freq', 'resample', 'to'],
  ['target_sr', 'resample', 'to'],
  ['pool_size', ['pool1d', 'pool2d', 'tensors.maxPool1d'], 'size'],
  ['kernel_size', ['pool1d', 'pool2d', 'tensors.maxPool1d'], 'size'],
  ['kernelSize', 'pool1d', 'size'],
  ['kernel_shape', 'pool1d', 'size'],
  ['window_size', 'pool1d', 'size'],
  ['strides', ['pool1d', 'pool2d', 'tensors.maxPool1d'], 'stride'],
  ['dilations', 'pool1d', 'dilation'],
  ['dilation_rate', 'pool1d', 'dilation'],
  ['pads', 'pool1d', 'padding'],
  ['auto_pad', 'pool1d', 'padding'],
  ['ceil_mode', ['pool1d', 'pool2d', 'tensors.maxPool1d'], 'partial'],
  ['count_include_pad', ['pool1d', 'pool2d'], 'includePad'],
  ['include_pad', 'pool1d', 'includePad'],
  ['output_size', 'adaptivePool1d', 'count'],
  ['size', 'adaptivePool1d', 'count'],
  ['n_components', 'project', 'count'],
  ['truncate_dim', 'truncate', 'dimensions'],
  ['size', 'truncate', 'dimensions'],
  ['channels_last', 'tensors.maxPool1d', 'channels'],
  ['data_format', 'tensors.maxPool1d', 'channels'],
  ['keepdim', 'tensors.globalPool', 'keepdims'],
  ['attention_mask', ['frames', 'tensors.globalPool'], 'weights'],
  ['mask', ['frames', 'tensors.maxPool1d'], 'weights'],
  ['sample_weight', 'frames', 'weights'],
  ['norm_type', 'lp', 'p'],
  ['percentile', 'quantile', 'q'],
  ['ddof', 'covariance', 'correction'],
  ['random_state', 'stochastic', 'seed'],
]
const one = options.flatMap(([wrong, who, ours]) => [who].flat().map((name) => [name, wrong, ours] as const))

describe('an option by the name of another library', () => {
  test.each(one)('%s: %s is %s', (who, wrong, ours) => {
    expect(() => operations[who]!({ [wrong]: 1 } as never)).toThrow(
      `${who.replace('tensors.', '')}: unknown option ${JSON.stringify(wrong)}; did you mean ${JSON.stringify(ours)}?`,
    )
  })
})

test.each([
  ['avg', 'mean'],
  ['average', 'mean'],
  ['AvgPool', 'mean'],
  ['maximum', 'max'],
  ['minimum', 'min'],
  ['add', 'sum'],
  ['median', 'quantile'],
  ['percentile', 'quantile'],
  ['lse', 'logSumExp'],
  ['log_mean_exp', 'logSumExp'],
  ['norm', 'lp'],
  ['l1', 'lp'],
  ['l2', 'lp'],
  ['var', 'moments'],
  ['skewness', 'moments'],
  ['stddev', 'std'],
  ['standard_deviation', 'std'],
  ['cls', 'first'],
  ['cls_token', 'first'],
  ['last_token', 'last'],
  ['statistics', 'stats'],
  ['TSTP', 'stats'],
  ['rms', 'power'],
  ['topk', 'topKMean'],
  ['generalized_mean', 'gem'],
  ['mean_sqrt_len_tokens', 'sqrtLength'],
  ['weightedmean', 'positionMean'],
  ['slope', 'regression'],
  ['ptp', 'range'],
  ['cov', 'covariance'],
  ['hist', 'histogram'],
  ['asp', 'attentive'],
  ['netvlad', 'netVlad'],
  ['GhostVLAD', 'netVlad'],
  ['arg_max', 'argmax'],
])('a pooling by the name of another library: %s is %s', (wrong, ours) => {
  const message = `globalPool: unknown pooling ${JSON.stringify(wrong)}; did you mean ${JSON.stringify(ours)}?`
  expect(() => globalPool(wrong as never)).toThrow(message)
  expect(() => globalPool({ pooling: wrong })).toThrow(message)
})

test.each([
  ['MaxPooling1D', 'pool1d'],
  ['max_pool1d', 'pool1d'],
  ['AvgPool1d', 'pool1d'],
  ['avg_pool2d', 'pool2d'],
  ['AveragePooling2D', 'pool2d'],
  ['GlobalAveragePooling1D', 'globalPool'],
  ['GlobalMaxPooling2D', 'globalPool2d'],
  ['StatsPool', 'globalPool'],
  ['adaptive_avg_pool1d', 'adaptivePool1d'],
  ['AdaptiveMaxPool2d', 'adaptivePool2d'],
  ['spatial_pyramid_pooling', 'pyramidPool2d'],
  ['cif', 'firePool'],
  // Power, not its logarithm, so not logMel.
  ['melspectrogram', 'mel'],
  ['log_mel_spectrogram', 'logMel'],
  ['log_mel', 'logMel'],
  ['fbank', 'kaldiFbank'],
  ['dct', 'cepstrum'],
  ['power_to_db', 'decibels'],
  ['AmplitudeToDB', 'decibels'],
  ['compute_deltas', 'deltas'],
  ['chroma_stft', 'chroma'],
  ['zero_crossing_rate', 'zeroCrossings'],
  ['zcr', 'zeroCrossings'],
  ['spectral_centroid', 'descriptors'],
  ['cmvn', 'normalize'],
  ['StandardScaler', 'normalizeBy'],
  ['trace_segmentation', 'equalizeChange'],
  ['pca', 'project'],
  ['vad', 'detectSpeech'],
  ['onset_detect', 'detectOnsets'],
  ['FeatureUnion', 'beside'],
  ['Sequential', 'chain'],
])('a stage by the name of another library: %s is %s', (wrong, ours) => {
  expect(() => stageFrom({ stage: wrong })).toThrow(
    `stageFrom: unknown stage ${JSON.stringify(wrong)}; did you mean ${JSON.stringify(ours)}?`,
  )
})

describe('a hint is never wrong', () => {
  test('what no row knows is answered with the names there are', () => {
    expect(() => logMel({ dither: 1 } as never)).toThrow(/unknown option "dither"; the options are .*bands/)
    expect(() => globalPool('entropy' as never)).toThrow(/unknown pooling "entropy"; the poolings are argmax, /)
    expect(() => stageFrom({ stage: 'wavelet' })).toThrow(/unknown stage "wavelet"; the stages are /)
  })
  test('a window has no number of outputs, and a decibel no stride', () => {
    expect(() => pool1d('max', { size: 2, output_size: 3 } as never)).toThrow(/"output_size"; the options are/)
    expect(() => decibels({ strides: 3 } as never)).toThrow(/"strides"; the options are/)
  })
  test('every row is a name of ours, and each name of others stands once for an operation', () => {
    const makes = { ...poolings, ...stages } as unknown as { readonly [name: string]: { readonly options?: object } }
    expect(Object.keys(poolingNames).filter((name) => !(name in poolings))).toEqual([])
    expect(Object.keys(stageNames).filter((name) => !(name in stages))).toEqual([])
    for (const { options: declared = {} } of Object.values(makes)) {
      const names = Object.keys(declared)
      const others = names.flatMap((name) => (optionNames[name] ?? '').split(' ').filter(Boolean))
      const own = names.map((name) => name.toLowerCase())
      expect(others.filter((name) => own.includes(name))).toEqual([])
      for (const name of others) expect(names).toContain(fieldName(name, names, optionNames))
    }
    for (const theirs of [poolingNames, stageNames]) {
      const all = Object.values(theirs).flatMap((row) => row.split(' '))
      expect(all.filter((name, i) => all.indexOf(name) !== i)).toEqual([])
      expect(all.filter((name) => name !== name.toLowerCase() || /[_-]/.test(name))).toEqual([])
    }
  })
})
