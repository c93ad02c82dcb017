import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { poolingFrom, poolingText, stagesFrom, stageText } from '../../src/cli/notation.ts'
import { property } from '../property.ts'

describe('poolings on the command line', () => {
  test.each([
    ['mean', 'mean'],
    ['mean,std , max', ['mean', 'std', 'max']],
    ['power(p=3)', { pooling: 'power', p: 3 }],
    ['power( p = Infinity ),mean', [{ pooling: 'power', p: 'Infinity' }, 'mean']],
    ['gem(p=2.5,eps=1e-3)', { pooling: 'gem', p: 2.5, eps: 0.001 }],
    [
      'mixed(max=0.5,mean=.5)',
      {
        pooling: 'mixed',
        parts: [
          ['max', 0.5],
          ['mean', 0.5],
        ],
      },
    ],
    [
      'mixed(power(p=3)=[0.2,0.8],mean=-1)',
      {
        pooling: 'mixed',
        parts: [
          [{ pooling: 'power', p: 3 }, [0.2, 0.8]],
          ['mean', -1],
        ],
      },
    ],
  ])('%s', (text, spec) => {
    expect(poolingFrom(text)).toEqual(spec)
    expect(poolingFrom(poolingText(spec))).toEqual(spec)
  })

  test.each([
    ['', '--pool: expected a name at character 1 of "", got the end'],
    ['mean,', '--pool: expected a name at character 6 of "mean,", got the end'],
    ['power(p=3', '--pool: expected ")" at character 10 of "power(p=3", got the end'],
    ['power(p)', '--pool: expected "=" at character 8 of "power(p)", got ")"'],
    ['power()', '--pool: expected a name at character 7'],
    ['mean max', '--pool: expected "," or the end at character 5'],
    ['mean)', '--pool: expected "," or the end at character 5'],
    ['gem(power(p=3)=1)', '--pool: expected options of "gem" such as p=3, got "power" with options of its own'],
    ['power(p=3,p=2)', '--pool: expected each option of "power" once, got "p" twice'],
    ['gem(pooling=max)', '--pool: expected options of "gem" such as p=3, got "pooling"'],
    ['a(b(c(d(e=1', '--pool: expected fewer brackets'],
    [`mixed(max=${'['.repeat(1e6)}`, '--pool: expected fewer brackets'],
    ['('.repeat(1e6), '--pool: expected a name at character 1'],
  ])('%# is refused with its place', (text, message) => {
    expect(() => poolingFrom(text)).toThrow(message)
  })

  test('names are never looked up on the way', () => {
    expect(poolingFrom('gem(__proto__=3)')).toEqual(JSON.parse('{"pooling":"gem","__proto__":3}'))
    expect(poolingFrom('constructor')).toBe('constructor')
  })

  property([fc.string()])('any text is a spec or a TypeError', (text) => {
    try {
      expect(poolingFrom(text)).toBeDefined()
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError)
    }
  })
})

test('what ends in .json is a path', () => {
  expect(poolingFrom('all MiniLM/1_Pooling/config.json')).toBe('all MiniLM/1_Pooling/config.json')
})

test('stages are written alike', () => {
  expect(stagesFrom('logMel(bands=40,hop=10ms,norm=null,center=true), deltas')).toEqual([
    { stage: 'logMel', bands: 40, hop: '10ms', norm: null, center: true },
    { stage: 'deltas' },
  ])
  const chained = { stage: 'chain', stages: [{ stage: 'rms', hop: '10ms' }, { stage: 'log' }] }
  expect(stagesFrom('beside( mfcc , chain(rms(hop=10ms), log), weights=[1, 0.5])')).toEqual([
    { stage: 'beside', stages: [{ stage: 'mfcc' }, chained], weights: [1, 0.5] },
  ])
  expect(stagesFrom('beside(chain,deltas),l2Normalize')).toEqual([
    { stage: 'beside', stages: [{ stage: 'chain', stages: [] }, { stage: 'deltas' }] },
    { stage: 'l2Normalize' },
  ])
  // Of what is no stage the stage's maker tells what is near.
  expect(stagesFrom('besid(mfcc)')).toEqual([{ stage: 'besid', stages: [{ stage: 'mfcc' }] }])
  expect(() => stagesFrom('logMel(bands)')).toThrow('--features: expected "=" at character 13 of "logMel(bands)", got ")"')
  expect(() => stagesFrom('beside(mfcc,stages=[rms])')).toThrow('--features: expected options of "beside" such as p=3, got "stages"')
  expect(() => stagesFrom('chain('.repeat(1e5))).toThrow('--features: expected fewer brackets')
  expect(() => stagesFrom('logMel(')).toThrow('--features: expected a name')
  expect(() => stagesFrom('truncate(size=)', '--then')).toThrow('--then: expected a value')
  expect(() => stagesFrom('logMel(stage=deltas)')).toThrow('--features: expected options of "logMel" such as p=3, got "stage"')
  expect(() => stagesFrom('logMel(bands=3,hop=1,bands=4)')).toThrow('--features: expected each option of "logMel" once, got "bands" twice')
})

test.each([
  'deltas',
  'logMel(bands=40,hop=10ms,center=true)',
  'segmentPool(pooling=mean,max=3)',
  'pyramidPool(pooling=[mean, max],levels=[1,2])',
  'globalPool(pooling=power(p=3))',
  'pool1d(pooling=[mean, power(p=3), mixed(max=0.5,gem(p=2)=0.5)],size=8)',
  'beside(chain(spectrogram,mel(bands=4),globalPool(pooling=[mean, max])),chain(rms,beside(chain,deltas)),weights=[1,0.5])',
])('a stage in a line is read again: %s', (text) => expect(stagesFrom(text).map(stageText)).toEqual([text]))
