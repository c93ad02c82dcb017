// Times that mean something on a noisy machine: candidates in turn in one process, medians, ratios pair by pair.

export interface Table {
  readonly title: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** Milliseconds of each run of each candidate, run in turn; three rounds before are not counted. */
export function timed(candidates: readonly (() => unknown)[], rounds: number): number[][] {
  const times = candidates.map((): number[] => [])
  for (let round = -3; round < rounds; round++) {
    for (const [i, run] of candidates.entries()) {
      const start = performance.now()
      run()
      if (round >= 0) times[i]!.push(performance.now() - start)
    }
  }
  return times
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]!
}

export function markdown({ title, head, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [`## ${title}`, '', line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n')
}
