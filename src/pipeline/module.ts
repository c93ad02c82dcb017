import { stat } from 'node:fs/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { show } from '../core/check.ts'
import { missing } from '../core/missing.ts'

/**
 * Imports a module of the user's, JavaScript or TypeScript.
 *
 * @param specifier a path relative to `base`, or a file: URL; nothing else, so that a definition cannot carry code of its own
 * @param base the URL of the file that names the module
 * @throws TypeError for another specifier; Error where there is no such module, or TypeScript meets no tsx
 */
export async function importModule(specifier: string, base: string): Promise<{ readonly [name: string]: unknown }> {
  const url = URL.canParse(specifier, base) ? new URL(specifier, base) : undefined
  if (url?.protocol !== 'file:' || !/^(file:|\.{0,2}\/)/.test(specifier))
    throw new TypeError(`module: expected a path such as "./range.ts", got ${show(specifier)}`)
  const there = await stat(url).catch(() => undefined)
  if (!there?.isFile()) throw new Error(`module: expected a file, got none at ${fileURLToPath(url)}`)
  if (!/\.[mc]?ts$/.test(url.pathname)) return import(url.href)
  const { tsImport } = await import('tsx/esm/api').catch(missing('module', 'tsx'))
  const found: { readonly default?: { readonly __esModule?: true } } = await tsImport(url.href, import.meta.url)
  // Without "type": "module" near it, TypeScript becomes CommonJS, whose exports come as the default one.
  return found.default?.__esModule ? found.default : found
}

/** Where relative paths start that no file names: the working directory. */
export function workingDirectory(): string {
  return pathToFileURL(`${process.cwd()}/`).href
}
