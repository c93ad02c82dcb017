// The reference cases notice: five mistakes that are easily made, each in a copy of the sources, must make cases of the audio suite fail.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Case, difference, readCases, type Tensor, tolerances } from '../conformance/cases.ts'
import { root } from '../house/source.ts'

const copy = mkdtempSync(join(tmpdir(), 'poolwise-sabotage-'))
const cases = readCases(readFileSync(join(root, 'test/golden/audio.json'), 'utf8'))
beforeAll(() => {
  for (const name of ['src', 'test/conformance', 'package.json', 'tsconfig.json'])
    cpSync(join(root, name), join(copy, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  cpSync(join(root, 'test/golden/audio.json'), join(copy, 'golden/audio.json'))
})
afterAll(() => rmSync(copy, { recursive: true, force: true }))

/** Cases of the audio suite that are answered wrongly by the copy. */
function wrong(): number {
  const output = execFileSync(process.execPath, ['--import', 'tsx', 'test/conformance/answer.ts', 'golden'], {
    cwd: copy,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  const answers = new Map(
    output
      .trim()
      .split('\n')
      .map((line) => {
        const { id, out } = JSON.parse(line) as { id: string; out?: Record<string, Tensor> }
        return [id, out]
      }),
  )
  return cases.filter((one) => !right(one, answers.get(one.id))).length
}

function right(one: Case, out: Record<string, Tensor> | undefined): boolean {
  const [atol, rtol] = tolerances(one)
  return (
    out !== undefined && Object.entries(one.outputs).every(([name, expected]) => difference(out[name], expected, atol, rtol) === undefined)
  )
}

test('without a mistake none fails', () => expect(wrong()).toBe(0))

test.each([
  ['a symmetric Hann window', 'src/stages/spectra/transform.ts', ['periodic ? length : length - 1', 'length - 1']],
  [
    'zeros for reflect padding',
    'src/stages/spectra/framing.ts',
    ["padding === 'zeros' ? -1 : reflected", "padding !== 'mirror' ? -1 : reflected"],
  ],
  ['HTK for Slaney', 'src/stages/spectra/mel.ts', ['const scales = { htk, slaney, kaldi }', 'const scales = { htk, slaney: htk, kaldi }']],
  ['a missing norm', 'src/stages/spectra/mel.ts', ["norm === 'slaney' ? 2 / (right - left) : 1", '1']],
  [
    'a frame that is one sample off',
    'src/stages/spectra/transform.ts',
    ['((size - length) >> 1) - half', '((size - length) >> 1) - half + 1'],
  ],
] as const)('%s', (mistake, path, [found, put]) => {
  const file = join(copy, path)
  const text = readFileSync(file, 'utf8')
  expect(text.includes(found), found).toBe(true)
  writeFileSync(file, text.replace(found, put))
  const failing = wrong()
  writeFileSync(file, text)
  console.log(`${mistake}: ${failing} of ${cases.length} cases fail`)
  expect(failing).toBeGreaterThan(0)
})
