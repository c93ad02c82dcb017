// The command line as processes that are killed, frozen and measured.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { inject } from 'vitest'
import { env } from '../cli/outside.ts'

export interface Process {
  readonly child: ChildProcess
  /** What it has written to standard error so far. */
  readonly err: () => string
  readonly ended: Promise<Ended>
}

export interface Ended {
  /** None where it was killed. */
  readonly code: number | null
  readonly err: string
  readonly seconds: number
  /** The most of it that was in memory. */
  readonly megabytes: number
}

const all = new Set<ChildProcess>()

export function start(args: readonly string[], main: string = inject('main')): Process {
  const began = performance.now()
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  all.add(child)
  let err = ''
  let megabytes = 0
  child.stderr.setEncoding('utf8').on('data', (text) => {
    err += text
  })
  const memory = setInterval(() => {
    megabytes = Math.max(megabytes, peakOf(child.pid!))
  }, 100)
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => {
      clearInterval(memory)
      all.delete(child)
      resolve({ code, err, seconds: (performance.now() - began) / 1000, megabytes })
    })
  })
  return { child, err: () => err, ended }
}

/** One that takes shards, and gives those of a dead one to another after a second. */
export function startWorker(url: string, main?: string, ...more: readonly string[]): Process {
  return start(['worker', '--redis', url, '--lease', '1', ...more], main)
}

export async function kill(...processes: readonly Process[]): Promise<void> {
  for (const { child } of processes) child.kill('SIGKILL')
  await Promise.all(processes.map(({ ended }) => ended))
}

/** Ends whatever a failed test has left. */
export function killAll(): void {
  for (const child of all) child.kill('SIGKILL')
}

function peakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

/** A command to a server; its answer as lines. */
export function ask(url: string, ...command: readonly string[]): string[] {
  const { stdout, status } = spawnSync('redis-cli', ['-u', url, '--raw', ...command], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`redis-cli ${command.join(' ')}: ${stdout}`)
  return stdout.split('\n').filter((line) => line !== '')
}

/** How many shards are being made. */
export function activeIn(url: string): number {
  return ask(url, 'KEYS', 'poolwise:*:active').reduce((sum, key) => sum + Number(ask(url, 'LLEN', key)[0]), 0)
}

/** What `npm run stores` installs, whose types are not known here. */
export function client<Library>(name: string): Library {
  return createRequire(import.meta.url)(name) as Library
}
