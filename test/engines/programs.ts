// Engines that are programs: Node of several versions, Bun, Deno.
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../house/source.ts'
import { type Engine, installed } from './engine.ts'

const execute = promisify(execFile)
const limit = { cwd: root, maxBuffer: 2 ** 28, timeout: 180_000 }

/** @param script the bundle */
export function programs(script: string): Engine[] {
  const print = join(script, '../print.mjs')
  writeFileSync(
    print,
    `import { report } from ${JSON.stringify(script)}\nconsole.log(JSON.stringify(await report(JSON.parse(process.argv[2]))))\n`,
  )
  const program = (name: string, of: Engine['of'], file: string, ...options: string[]): Engine => {
    const printed = async (...args: string[]) => (await execute(file, args, limit)).stdout
    return {
      name,
      of,
      files: [file],
      run: async (use) =>
        use({
          version: /\d+\.\d+\.\d+/.exec(await printed('--version'))![0],
          report: async (asked) => JSON.parse(await printed(...options, print, JSON.stringify(asked))),
          commandLine: (args) => printed(...options, 'dist/cli/main.js', ...args),
        }),
    }
  }
  return [
    program('Node', 'V8', process.execPath),
    ...[20, 22, 24, 26].map((major) => program('Node', 'V8', installed(`node${major}/bin/node`))),
    program('Deno', 'V8', installed('@deno/linux-x64-glibc/deno'), 'run', '--allow-all'),
    program('Bun', 'JavaScriptCore', installed('@oven/bun-linux-x64/bin/bun')),
  ]
}
