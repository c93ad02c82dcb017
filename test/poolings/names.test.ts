// Which names of poolings are known depends on what was imported, so each case runs in a process of its own.
import { execFileSync } from 'node:child_process'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { root } from '../house/source.ts'
import { programOf } from '../programs.ts'

const say = (imports: string, call: string) => {
  const code = `${imports}\ntry { console.log(JSON.stringify(${call})) } catch (error) { console.log(error.message) }`
  return execFileSync(process.execPath, ['--input-type=module', '-'], { cwd: root, encoding: 'utf8', input: programOf(code) }).trim()
}
const streams = `import { apply, frames, globalPool } from './src/streams.ts'`
const main = `import { apply, frames, gated, globalPool } from './src/index.ts'`
const node = `${main}\nimport './src/node.ts'`
const pooled = (pooling: string) => `[...apply(frames([1, 5]), globalPool(${pooling})).data]`
const gate = `{ pooling: 'gated', gate: [0, 0] }`

describe('a pooling by its name', () => {
  test.each([
    ['a value needs no registry', `${streams}\nimport { max, mean } from './src/poolings/index.ts'`, pooled('[max, mean]'), '[5,3]'],
    [
      'where nothing has names, a name says so',
      streams,
      pooled(`'max'`),
      `globalPool: a pooling must be a value, or 'poolwise' imported, got "max"`,
    ],
    ['and so does a spec', streams, pooled(`{ pooling: 'power', p: 3 }`), /^globalPool: a pooling must be a value.*got "power"$/],
    ['the main entry has names', main, pooled(`['max', { pooling: 'mixed', parts: [['mean', 0.5]] }]`), '[5,1.5]'],
    [
      'but those of learned ones',
      main,
      pooled(gate),
      `globalPool: a learned pooling must be a value, gated({ … }), unless 'poolwise/node' is imported, which has their names, got "gated"`,
    ],
    ['which are values there', main, pooled('gated({ gate: [0, 0] })'), '[4]'],
    ['and names in Node', node, pooled(gate), '[4]'],
    [
      'functions of tensors that take names have them',
      `import { pool1d } from './src/tensors.ts'`,
      `pool1d('sum', { data: [1, 5], shape: [1, 2, 1] }, { size: 2 }).data[0]`,
      '6',
    ],
  ])('%s', (_, imports, call, said) => {
    expect(say(imports, call)).toEqual(typeof said === 'string' ? said : expect.stringMatching(said))
  })
})

test('a pooling given as a value comes into a bundle alone', async () => {
  const { metafile } = await build({
    stdin: {
      contents: `import { apply, frames, pool1d } from './src/streams.ts'\nimport { max } from './src/poolings/index.ts'\nconsole.log(apply(frames([1, 2]), pool1d(max, { size: 2 })))`,
      resolveDir: root,
      loader: 'ts',
    },
    bundle: true,
    write: false,
    format: 'esm',
    external: ['rxjs'],
    metafile: true,
  })
  const [{ inputs }] = Object.values(metafile.outputs) as [(typeof metafile.outputs)[string]]
  const there = Object.entries(inputs).flatMap(([path, { bytesInOutput }]) =>
    bytesInOutput > 0 && path.startsWith('src/poolings/') ? [path.slice('src/poolings/'.length)] : [],
  )
  expect(there.sort()).toEqual(['composed/concatenation.ts', 'composed/union.ts', 'max.ts', 'named.ts', 'resolve.ts'])
})
