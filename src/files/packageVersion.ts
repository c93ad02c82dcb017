import { createRequire } from 'node:module'

/** The version of poolwise, as its package says. */
export function packageVersion(): string {
  // Built and unbuilt, this file lies two folders below the package.
  return (createRequire(import.meta.url)('../../package.json') as { version: string }).version
}
