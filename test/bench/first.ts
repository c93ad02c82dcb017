// What a process pays before its first result: the built package is imported and run in processes of its own.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { goal, median, significant, type Table } from './timing.ts'

const processes = 7
const root = fileURLToPath(new URL('../..', import.meta.url))

interface Times {
  readonly imported: number
  readonly first: number
  readonly second: number
  readonly kernels: boolean
}

/** Whether kernels were in use is told by whether WebAssembly had made an instance when the first call returned. */
const script = (wait: boolean) => `
  let made = false
  const { instantiate, Instance } = WebAssembly
  WebAssembly.instantiate = (...given) => instantiate(...given).then((result) => ((made = true), result))
  WebAssembly.Instance = class extends Instance { constructor(...given) { super(...given); made = true } }
  const data = Float32Array.from({ length: 30000 * 80 }, (_, i) => Math.sin(i * 0.37) * 10)
  const timed = (run) => { const start = performance.now(); run(); return performance.now() - start }
  const start = performance.now()
  const { apply, frames, kernelsReady, pool2d } = await import('./index.js')
  ${wait ? 'await kernelsReady()' : ''}
  const imported = performance.now() - start
  const run = () => apply(frames(data, { bins: 80, hop: 0.01 }), pool2d('max', { size: [3, 3], stride: 1 }))
  const first = timed(run)
  const kernels = made
  console.log(JSON.stringify({ imported, first, kernels, second: timed(run) }))
`

export function first(): Table {
  const folder = mkdtempSync(join(tmpdir(), 'poolwise-first-'))
  try {
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', folder], {
      cwd: root,
    })
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    const rows = [false, true].flatMap((wait) => {
      writeFileSync(join(folder, 'first.js'), script(wait))
      const runs = Array.from(
        { length: processes },
        () => JSON.parse(execFileSync(process.execPath, ['first.js'], { cwd: folder, encoding: 'utf8' })) as Times,
      )
      const of = (name: 'imported' | 'first' | 'second') => median(runs.map((run) => run[name]))
      const inUse = `${runs.filter(({ kernels }) => kernels).length} of ${processes}`
      const bound = goal(of('first'), { most: 40 })
      return [
        [
          wait ? 'after kernelsReady()' : 'at once',
          significant(of('imported')),
          significant(of('first')),
          bound,
          significant(of('second')),
          inUse,
        ],
      ]
    })
    return {
      title: "First call of a fresh process: apply(30000 × 80, pool2d('max', 3×3/1))",
      note: `Medians of ${processes} processes that import the built package; the numbers are there before. With kernelsReady() the import includes the wait.`,
      head: ['when', 'import, ms', 'first apply, ms', 'goal', 'second apply, ms', 'kernels in use'],
      rows,
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
