// The one file that every engine loads.
import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from '../house/source.ts'

export async function bundle(outfile: string): Promise<void> {
  const folder = join(root, 'test/golden')
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
  const golden = Object.fromEntries(names.map((name) => [name, JSON.stringify(JSON.parse(readFileSync(join(folder, name), 'utf8')))]))
  await build({
    entryPoints: [join(root, 'test/engines/report.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    charset: 'utf8',
    tsconfig: join(root, 'tsconfig.json'),
    logLevel: 'error',
    // conformance/answer.ts is a program too.
    define: { golden: JSON.stringify(golden), 'process.argv': '[]', 'import.meta.filename': '"report.ts"' },
    plugins: [
      {
        // It reads files then, which none of these engines does.
        name: 'nothing',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^[^.]/ }, ({ path }) =>
            isBuiltin(path) || path === 'tsx/esm/api' ? { path, namespace: 'nothing' } : undefined,
          )
          onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({ contents: 'module.exports = {}' }))
        },
      },
    ],
  })
}
