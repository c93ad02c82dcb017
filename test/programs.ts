import { execFileSync } from 'node:child_process'

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
