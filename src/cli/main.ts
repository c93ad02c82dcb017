#!/usr/bin/env node
import { CommanderError } from 'commander'
import colors from 'picocolors'
import { standardOutput } from '../files/output.ts'
import { program } from './program.ts'
import { codes, trace } from './run.ts'
import { listenForSignals } from './signals.ts'
import { welcome } from './welcome.ts'

listenForSignals()
// Who closes standard error does not want to read it.
process.stderr.on('error', () => {})

try {
  process.exitCode = codes.well
  // As a command that is asked nothing, it is no wrong usage.
  if (process.argv.length === 2) standardOutput.write(welcome())
  else await program().parseAsync()
} catch (error) {
  process.exitCode = codeOf(error)
}
process.exit()

/** Whatever ends here did so before any data flowed. */
function codeOf(error: unknown): number {
  // Commander has written its message, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? codes.well : codes.usage
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') return codes.well
  process.stderr.write(`${colors.red('error:')} ${error instanceof Error ? error.message : String(error)}\n`)
  trace(error)
  return codes.usage
}
