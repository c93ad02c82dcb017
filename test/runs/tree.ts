import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** All files of a folder, hidden ones too, by their paths in it. */
export function tree(folder: string): Map<string, string> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const files = paths.map(({ parentPath, name }) => join(parentPath, name)).sort()
  return new Map(files.map((path) => [path.slice(folder.length), readFileSync(path, 'latin1')]))
}
