import { spawn } from 'node:child_process'
import { inject } from 'vitest'

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** What starts the command line as a process of its own. */
export const command: readonly [string, string] = [process.execPath, inject('main')]

/** Without the colors that some environments (CI) ask for even in pipes. */
export const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1' }

/** The command line as a process of its own; its standard output is closed once there is more than `closeAfter` of it. */
export function outside(args: readonly string[], { input = '', closeAfter = Infinity } = {}): Promise<Ended> {
  const [node, main] = command
  const child = spawn(node, [main, ...args], { env })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text
    if (out.length > closeAfter) child.stdout.destroy()
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    err += text
  })
  child.stdin.on('error', () => {})
  child.stdin.end(input, 'latin1')
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out, err }))
  })
}
