import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface PageFile {
  readonly type: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
}

/** That of the live page, which talks to nobody, and may not be drawn inside another. */
export const pagePolicy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src data:; connect-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const absent = `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <title>poolwise</title>
  <h1>poolwise</h1>
  <p>The server runs. The live page is not built here: <code>npm run build:page</code> builds it, and the next start serves it.</p>
  <p><a href="openapi.json">What can be asked of the server</a></p>
</html>
`

/**
 * The files of the live page by their paths, as `npm run build:page` left them; a page that says so where it did not. They are read once, so that a path can only be one of them.
 * @param folder where the page was built
 */
export function pageFiles(folder: string = fileURLToPath(new URL('../../dist/page/', import.meta.url))): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>([['/', { type: types['.html']!, bytes: new TextEncoder().encode(absent) }]])
  for (const name of namesIn(folder)) {
    const type = types[extname(name)]
    if (!type) continue
    const path = `/${name.replaceAll('\\', '/')}`
    files.set(path === '/index.html' ? '/' : path, { type, bytes: new Uint8Array(readFileSync(join(folder, name))) })
  }
  return files
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
  } catch {
    return []
  }
}
