import { stripVTControlCharacters } from 'node:util'
import { vi } from 'vitest'
import { program } from '../../src/cli/program.ts'

/** The command line within this process, which is faster than one of its own: its exit code, and what it says on standard error or throws. */
export async function inside(...args: readonly string[]): Promise<{ code: number | string | null | undefined; err: string }> {
  let err = ''
  const written = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += text
    return true
  })
  try {
    await program().parseAsync(args, { from: 'user' })
    // Where CI is set, pipes get colors.
    return { code: process.exitCode, err: stripVTControlCharacters(err) }
  } catch (error) {
    return { code: 2, err: (error as Error).message }
  } finally {
    process.exitCode = undefined
    written.mockRestore()
  }
}
