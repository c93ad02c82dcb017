import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

/** Loads what `npm run stores` installs. */
export async function installed<Library>(name: string): Promise<Library> {
  return (await import(pathToFileURL(createRequire(import.meta.url).resolve(name)).href)) as Library
}
