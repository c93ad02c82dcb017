// `npm run docs` writes src/sources/audio/tap.ts as text, for the data: URL of pages that have no policy against it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformSync } from 'esbuild'
import { root } from './source.ts'

/** Where the text is kept. */
export const tapTarget: string = join(root, 'src/sources/audio/tapModule.ts')

/** The module that holds src/sources/audio/tap.ts as JavaScript. */
export function tapSource(): string {
  const text = minified(readFileSync(join(root, 'src/sources/audio/tap.ts'), 'utf8'), 'ts').replace(/[\\`]|\$\{/g, '\\$&')
  return `// tap.ts as text, written by \`npm run docs\`.\nexport const tapModule: string = \`${text}\`\n`
}

/** A script as short as it can be, so that it is the same whoever has translated it. */
export function minified(code: string, loader: 'ts' | 'js'): string {
  return transformSync(code, { loader, minifySyntax: true, minifyWhitespace: true, target: 'es2022' }).code.trim()
}
