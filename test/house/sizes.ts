// What a browser gets of a few imports: bundled from the built package, minified, gzipped, without rxjs; the kernels' bytes are told apart.
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { root } from './source.ts'

export interface Size {
  readonly code: string
  /** Bytes it must not exceed. */
  readonly bound: number
  readonly bytes: number
}

const imports: readonly (readonly [code: string, bound: number])[] = [
  [`import { apply, pool1d } from 'poolwise/streams'\nimport { max } from 'poolwise/poolings'`, 20_600],
  [`import { maxPool2d } from 'poolwise/tensors'`, 16 * 1024],
  [`import { poolTokens } from 'poolwise/tensors'`, 18_000],
  [`import { logMel } from 'poolwise/streams'`, 24_000],
  [
    `import { microphone } from 'poolwise/audio'\nimport { logMel, pool1d } from 'poolwise/streams'\nimport { max } from 'poolwise/poolings'`,
    40_000,
  ],
  [`import { apply, pool1d } from 'poolwise'`, 39_000],
]

/** Where the entries are built. */
const entries: { readonly [name: string]: string } = {
  poolwise: 'index.js',
  'poolwise/streams': 'streams.js',
  'poolwise/poolings': 'poolings/index.js',
  'poolwise/tensors': 'tensors.js',
  'poolwise/audio': 'audio.js',
}

export async function sizes(folder: string = root): Promise<readonly Size[]> {
  return Promise.all(
    imports.map(async ([code, bound]) => ({ code, bound, bytes: await bundled(code.replaceAll('import', 'export'), folder) })),
  )
}

/** Bytes of the kernels' module by itself. */
export function kernelBytes(folder: string = root): Promise<number> {
  return bundled(`export * from '${join(folder, 'dist/kernels/wasm.js')}'`, folder, [])
}

async function bundled(code: string, folder: string, apart: readonly string[] = ['./wasm.js']): Promise<number> {
  const contents = code.replaceAll(/'(poolwise[^']*)'/g, (_, name: string) => `'${join(folder, 'dist', entries[name]!)}'`)
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    external: ['rxjs', ...apart],
  })
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).length
}

/** The table of the guide. */
export async function sizesTable(): Promise<string> {
  const kB = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`
  const rows = (await sizes()).map(({ code, bytes }) => `| \`${code.replaceAll('\n', '; ')}\` | ${kB(bytes)} |`)
  return [
    '| what is imported | gzipped |',
    '| --- | --- |',
    ...rows,
    `| the kernels, once for all of these, besides | ${kB(await kernelBytes())} |`,
  ].join('\n')
}
