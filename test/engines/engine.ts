import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Report } from './report.ts'

/** Something that runs JavaScript. */
export interface Engine {
  readonly name: string
  /** What it is made of. */
  readonly of: 'V8' | 'JavaScriptCore' | 'SpiderMonkey'
  /** Files that must be there. */
  readonly files: readonly string[]
  /** Starts it, and gives what `use` makes of it. */
  run<Result>(use: (running: Running) => Promise<Result>): Promise<Result>
}

export interface Running {
  readonly version: string
  /** @param asked names of parts of which numbers are wanted */
  report(asked: readonly string[]): Promise<Report>
  /** What poolwise's program prints; browsers have none. */
  commandLine?(args: readonly string[]): Promise<string>
}

/** The first of the files that is not there. */
export function missing({ files }: Pick<Engine, 'files'>): string | undefined {
  return files.find((file) => !existsSync(file))
}

/** A file of a package of test/engines. */
export function installed(path: string): string {
  return fileURLToPath(new URL(`node_modules/${path}`, import.meta.url))
}
