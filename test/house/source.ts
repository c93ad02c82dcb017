// The source tree as the house tests see it: files and what they import.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root: string = fileURLToPath(new URL('../../', import.meta.url))

export interface Module {
  /** Relative to the root, with forward slashes. */
  readonly path: string
  readonly text: string
  /** Resolved paths for relative imports, package names else; those of types alone, which leave no trace in the build, apart. */
  readonly imports: readonly string[]
  readonly typeImports: readonly string[]
}

export const modules: readonly Module[] = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  // The kernels' sources are another language, and templates are programs of others.
  .filter(
    (path) => path.endsWith('.ts') && ![join('kernels', 'assembly'), join('cli', 'templates')].some((folder) => path.startsWith(folder)),
  )
  .map((path) => read(join('src', path)))

function read(path: string): Module {
  const text = readFileSync(join(root, path), 'utf8')
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  const imports: string[] = []
  const typeImports: string[] = []
  const resolve = (name: string) => (name.startsWith('.') ? relative(root, join(root, dirname(path), name)) : name)
  for (const [, clause, name] of code.matchAll(/^(?:import|export)\s([^'"]*?)from\s+'([^']+)'/gm)) {
    const named = /^(?:type\s|\{([^}]*)\}\s*$)/.exec(clause!)
    const typesOnly =
      clause!.startsWith('type ') ||
      (named?.[1] ?? 'value').split(',').every((item) => item.trim() === '' || item.trim().startsWith('type '))
    ;(typesOnly ? typeImports : imports).push(resolve(name!))
  }
  for (const [, name] of code.matchAll(/^import\s+'([^']+)'/gm)) imports.push(resolve(name!))
  for (const [, name] of code.matchAll(/\bimport\(\s*'([^']+)'/g)) imports.push(resolve(name!))
  return { path, text, imports, typeImports }
}

export function moduleAt(path: string): Module | undefined {
  return modules.find((module) => module.path === path)
}

/** Everything that a module loads, itself included. */
export function reachable(path: string): Set<string> {
  const seen = new Set<string>()
  const visit = (at: string) => {
    if (seen.has(at)) return
    seen.add(at)
    for (const next of moduleAt(at)?.imports ?? []) visit(next)
  }
  visit(path)
  return seen
}
