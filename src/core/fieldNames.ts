/** What the field calls things: a row for each name of ours with the names that others have for it, in lower case without _ and -, the first row that an operation knows counting. */
export interface FieldNames {
  readonly [ours: string]: string
}

/** Of options. */
export const optionNames: FieldNames = {
  // Of spectra and vectors.
  bands: 'nmels nummelbins nfilt nfilters',
  fft: 'nfft fftsize fftlength size',
  length: 'winlength winlen windowlength windowsize framelength framesize',
  low: 'fmin lowfreq lowerfrequency loweredgehertz',
  high: 'fmax highfreq upperfrequency upperedgehertz',
  coefficients: 'nmfcc numceps numcep',
  lifter: 'cepstrallifter ceplifter',
  coefficient: 'coef coeff',
  offset: 'logoffset',
  mean: 'normmeans',
  variance: 'normvars',
  // Values of options are names, too.
  hann: 'hanning',
  torchaudio: 'torch pytorch',
  exponent: 'power',
  window: 'windowtype wintype windowfn',
  energy: 'useenergy',
  log: 'uselogfbank',
  removeOffset: 'removedcoffset',
  preemphasis: 'preemphasiscoefficient',
  edges: 'snipedges mode',
  width: 'winlength lowpassfilterwidth',
  rolloff: 'rollpercent',
  range: 'topdb',
  floor: 'amin melfloor',
  reference: 'ref',
  scale: 'melscale',
  to: 'newfreq targetsr targetrate sr samplerate',
  dimensions: 'truncatedim size',
  // Of windows and the rest.
  hop: 'hoplength hopsize frameshift framestep winstep step',
  rate: 'samplerate samplingrate samplefrequency sr fs',
  size: 'poolsize kernelsize kernelshape kernel ksize windowsize windowlength',
  count: 'outputsize outputlength ncomponents size',
  stride: 'strides step',
  dilation: 'dilations dilationrate',
  padding: 'pads autopad padmode',
  partial: 'ceilmode',
  includePad: 'countincludepad',
  channels: 'channelslast channelsfirst dataformat',
  keepdims: 'keepdim',
  divisor: 'divisoroverride',
  indices: 'returnindices',
  indexOrder: 'storageorder',
  weights: 'attentionmask mask sampleweight',
  p: 'normtype',
  q: 'percentile quantile',
  correction: 'ddof unbiased',
  seed: 'randomstate',
}

export const poolingNames: FieldNames = {
  mean: 'avg average averagepooling avgpool meanpooling',
  max: 'maximum maxpool maxpooling amax',
  min: 'minimum amin',
  sum: 'add total',
  quantile: 'median percentile',
  logSumExp: 'lse logmeanexp',
  lp: 'norm l1 l2 l2norm lppool',
  power: 'rms rootmeansquare powermean',
  gem: 'generalizedmean gempool',
  std: 'stddev standarddeviation stdev',
  moments: 'var variance skew skewness kurtosis',
  covariance: 'cov',
  stats: 'statistics statspool statisticspooling tstp',
  first: 'cls clstoken',
  last: 'lasttoken eos',
  sqrtLength: 'meansqrtlen meansqrtlentokens',
  positionMean: 'weightedmean weightedmeantokens',
  topKMean: 'topk topkpooling',
  range: 'ptp peaktopeak',
  regression: 'slope linregress',
  histogram: 'hist histc',
  attentive: 'asp astp mhastp mqmhastp attention attentivestatisticspooling',
  netVlad: 'vlad ghostvlad',
}

export const stageNames: FieldNames = {
  pool1d: 'maxpooling1d maxpool1d averagepooling1d avgpool1d lppool1d',
  pool2d: 'maxpooling2d maxpool2d averagepooling2d avgpool2d lppool2d',
  globalPool: 'globalaveragepooling1d globalavgpool1d globalmaxpooling1d globalmaxpool1d statspool statisticspooling',
  globalPool2d: 'globalaveragepooling2d globalavgpool2d globalmaxpooling2d globalmaxpool2d',
  adaptivePool1d: 'adaptiveavgpool1d adaptivemaxpool1d',
  adaptivePool2d: 'adaptiveavgpool2d adaptivemaxpool2d',
  pyramidPool: 'temporalpyramidpooling',
  pyramidPool2d: 'spp spatialpyramidpooling',
  firePool: 'cif integrateandfire',
  logMel: 'logmelspectrogram',
  mel: 'melspectrogram melscale filterbank',
  kaldiFbank: 'fbank',
  cepstrum: 'dct',
  decibels: 'powertodb amplitudetodb',
  deltas: 'computedeltas adddeltas',
  chroma: 'chromastft',
  zeroCrossings: 'zerocrossingrate zcr',
  descriptors: 'spectralcentroid spectralrolloff spectralflatness',
  rms: 'rmsenergy',
  normalize: 'cmvn cmn',
  normalizeBy: 'standardscaler standardize',
  equalizeChange: 'tracesegmentation',
  project: 'pca whitening',
  l2Normalize: 'l2norm',
  detectSpeech: 'vad voiceactivitydetection',
  detectOnsets: 'onsetdetect',
  trim: 'trimsilence',
  beside: 'concat concatenate featureunion columntransformer parallel',
  chain: 'sequential pipeline compose',
}

/** A name in lower case without what libraries join words with, so that `n_mels` and `nMels` are one. */
function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]/g, '')
}

/** The name among `names` that means what others call `typed`, where there is one. */
export function fieldName(typed: string, names: readonly string[], theirs: FieldNames = optionNames): string | undefined {
  const plain = plainName(typed)
  return (
    names.find((name) => plainName(name) === plain) ??
    Object.keys(theirs).find((ours) => names.includes(ours) && theirs[ours]!.split(' ').includes(plain))
  )
}

/** {@link fieldName}. */
export type Meant = typeof fieldName
