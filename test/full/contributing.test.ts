// CONTRIBUTING.md's "Add a pooling" and "Add a stage", followed to the letter in a copy of the tree.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../house/source.ts'

const copy = mkdtempSync(join(tmpdir(), 'poolwise-contributing-'))
afterAll(() => rmSync(copy, { recursive: true, force: true }))
const run = (...args: string[]) =>
  execFileSync(args[0] === 'npm' ? 'npm' : 'npx', args[0] === 'npm' ? args.slice(1) : args, {
    cwd: copy,
    encoding: 'utf8',
    stdio: 'pipe',
    env: { ...process.env, NO_COLOR: '1' },
  })

const blocks = [...readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8').matchAll(/ {3}```ts\n([\s\S]*?) {3}```/g)].map(([, code]) =>
  code!.replaceAll(/^ {3}/gm, ''),
)
/** The line, in its place in the alphabet. */
const addLine = (path: string, line: string, before: string) => {
  const text = readFileSync(join(copy, path), 'utf8')
  writeFileSync(join(copy, path), text.replace(`export { ${before} }`, `${line}export { ${before} }`))
}

beforeAll(() => {
  for (const name of [
    'src',
    'test',
    'pipelines',
    'samples',
    'README.md',
    'guide',
    'package.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'vitest.config.ts',
    'biome.json',
  ]) {
    cpSync(join(root, name), join(copy, name), { recursive: true, filter: (path) => !path.endsWith('node_modules') })
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  expect(blocks.length).toBe(4)
  writeFileSync(join(copy, 'src/poolings/midrange.ts'), blocks[0]!)
  addLine('src/poolings/leaves.ts', blocks[1]!, 'min')
  writeFileSync(join(copy, 'src/stages/spectra/slope.ts'), blocks[2]!)
  addLine('src/stages/spectra/index.ts', blocks[3]!, 'smooth')
  expect(run('tsc', '-p', '.', '--noEmit')).toBe('')
  run('npm', 'run', 'docs')
}, 300_000)

test('one file and one line give a pooling with all its ways, names and tests', () => {
  expect(readFileSync(join(copy, 'guide/poolings.md'), 'utf8')).toContain('| `midrange` | (max x + min x) / 2 |')
  const laws = run(
    'vitest',
    'run',
    'test/laws',
    'test/house/imports.test.ts',
    'test/house/readme.test.ts',
    '-t',
    'midrange|pooling is one file|table of poolings',
  )
  expect(laws).toMatch(/Tests\s+1[0-9] passed/)
  expect(run('tsx', 'src/cli/main.ts', 'list', 'midrange')).toContain('Formula  (max x + min x) / 2')
  const vector = run(
    'tsx',
    'src/cli/main.ts',
    'audio',
    'samples/audio/words/bat-v1.wav',
    '--features',
    'logMel',
    '--pyramid',
    '1',
    '--pool',
    'midrange',
  )
  expect(JSON.parse(vector).vector.length).toBe(80)
})

test('one file and one line give a stage with its name, options, laws and schema', () => {
  const laws = run('vitest', 'run', 'test/laws/stages.test.ts', 'test/house/imports.test.ts', '-t', '\\bslope gives|stage is one file')
  expect(laws).toMatch(/Tests\s+2 passed/)
  expect(run('tsx', 'src/cli/main.ts', 'list', 'slope')).toContain('per  bin or all, default bin\n      What it is counted per.')
  expect(run('tsx', 'src/cli/main.ts', 'list', 'stages')).toMatch(/\bslope\b/)
  const schema = JSON.parse(readFileSync(join(copy, 'src/pipeline/pipeline.schema.json'), 'utf8'))
  const entry = schema.definitions.stage.anyOf.find(
    ({ properties }: { properties?: { stage: { const: string } } }) => properties?.stage.const === 'slope',
  )
  expect(entry.properties.per).toEqual({ enum: ['bin', 'all'], default: 'bin', description: 'What it is counted per.' })
  const features = ['--features', 'spectrogram,slope(per=all)', '--pyramid', '1', '--pool', 'mean']
  const vector = run('tsx', 'src/cli/main.ts', 'audio', 'samples/audio/words/bat-v1.wav', ...features)
  expect(JSON.parse(vector).vector.length).toBe(1)
})
