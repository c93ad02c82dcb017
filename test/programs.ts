import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

/** A program of these lines in the repository's root, as `node --input-type=module -` reads it: with what it imports of the source, translated. */
export function programOf(lines: string): string {
  const { outputFiles } = buildSync({
    stdin: { contents: lines, resolveDir: root, loader: 'ts' },
    absWorkingDir: root,
    bundle: true,
    write: false,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    // As Node loads them: all that is imported runs.
    ignoreAnnotations: true,
    logLevel: 'error',
  })
  return outputFiles[0]!.text
}

/** Whether a program is there; `.ci/run`, which installs all, requires each. */
export function installed(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' })
    return true
  } catch {
    if (process.env.POOLWISE_REQUIRE_ALL === '1') throw new Error(`the tests: expected the program ${program}, got none`)
    console.warn(`skipped, not installed: ${program}`)
    return false
  }
}
