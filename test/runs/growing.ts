import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openVectors } from 'poolwise/node'
import { command, env } from '../cli/outside.ts'

/** A run that watches its inputs. */
export interface Watching {
  readonly child: ChildProcess
  /** What it has said. */
  said(): string
  readonly ended: Promise<number | null>
}

export function watching(...args: readonly string[]): Watching {
  const [node, main] = command
  const child = spawn(node, [main, ...args, '--watch'], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let text = ''
  child.stderr.setEncoding('utf8').on('data', (more) => {
    text += more
  })
  return { child, said: () => text, ended: new Promise((resolve) => child.on('close', resolve)) }
}

/** Waits for what must come. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let looks = 0; !(await holds()); looks++) {
    if (looks > 1200) throw new Error(`expected ${what}, which did not come`)
    await pause(50)
  }
}

/** Ids and vectors of a collection, as JSON, by their ids; nothing where there is none. */
export async function held(folder: string): Promise<string[]> {
  if (!existsSync(join(folder, 'collection.json'))) return []
  const { rows, vector } = await openVectors(folder)
  return rows.map(({ id }, i) => JSON.stringify([id, ...vector(i)])).sort()
}

/** Puts a file in its place whole. */
export function placed(from: string, path: string): void {
  writeFileSync(`${path}.part`, readFileSync(from))
  renameSync(`${path}.part`, path)
}
