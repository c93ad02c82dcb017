// Times that mean something on a noisy machine: candidates in turn in one process, medians, ratios pair by pair.

export interface Table {
  readonly title: string
  /** What has to be known to read it. */
  readonly note?: string
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

/** How often and how long: `runs` of `rounds` each; a candidate whose share of a run would take longer than `seconds` sits out some of its rounds, but never all. */
export interface Pace {
  readonly runs: number
  readonly rounds: number
  readonly seconds: number
  /** Whether the first candidate runs once, not timed, before each of its turns: a copy is then told by what it takes with all it touches in the caches. */
  readonly hot?: true
}

export const usual: Pace = { runs: 5, rounds: 15, seconds: 0.3 }

export interface Measured {
  /** Median milliseconds. */
  readonly time: number
  /** Median over the runs of the median ratio to the first candidate, and to the second, in the same round. */
  readonly toFirst: number
  readonly toSecond: number
  /** Repetitions in all. */
  readonly count: number
}

/**
 * Times candidates, promises included, in turn: each round runs all of them, beginning with another one each time. The first two take part in every round, for the others
 * are told by their ratios to these. Garbage is collected before each run (where Node has --expose-gc), not before each round: V8 then forgets what it knows about code,
 * which made ours three times slower.
 */
export async function measure(candidates: readonly (() => unknown)[], { runs, rounds, seconds, hot }: Pace = usual): Promise<Measured[]> {
  const every: number[] = []
  for (const [i, run] of candidates.entries()) {
    const time = await warmed(run)
    every[i] = i < 2 ? 1 : Math.min(rounds, Math.max(1, Math.ceil((time * rounds) / (1000 * seconds))))
  }
  const all = candidates.map((): { times: number[]; first: number[]; second: number[] } => ({ times: [], first: [], second: [] }))
  for (let run = 0; run < runs; run++) {
    ;(globalThis as { gc?: () => void }).gc?.()
    if (run > 0 && rounds > 1) for (const candidate of candidates.slice(0, 2)) await warmed(candidate)
    const times = candidates.map((): number[] => [])
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < candidates.length; turn++) {
        const i = (turn + round) % candidates.length
        if (hot && i === 0) await once(candidates[0]!)
        times[i]!.push(round % every[i]! === 0 ? await once(candidates[i]!) : Number.NaN)
      }
    }
    for (const [i, own] of times.entries()) {
      const real = (values: readonly number[]) => values.filter((value) => !Number.isNaN(value))
      const ratios = (to: readonly number[]) => median(real(own.map((time, round) => time / to[round]!)))
      all[i]!.times.push(...real(own))
      all[i]!.first.push(ratios(times[0]!))
      all[i]!.second.push(ratios(times[1] ?? own))
    }
  }
  return all.map(({ times, first, second }) => ({
    time: median(times),
    toFirst: median(first),
    toSecond: median(second),
    count: times.length,
  }))
}

/** Runs it a few times, fewer the longer it takes, and gives the last time. */
async function warmed(run: () => unknown): Promise<number> {
  let [time, spent] = [0, 0]
  for (let n = 0; n < 3 || (n < 20 && spent < 100); n++) {
    time = await once(run)
    spent += time
    if (spent > 500) break
  }
  return time
}

async function once(run: () => unknown): Promise<number> {
  const start = performance.now()
  const result = run()
  if (result instanceof Promise) await result
  return performance.now() - start
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]!
}

/** A ratio in three digits. */
export function times(ratio: number): string {
  return `${significant(ratio)}×`
}

export function significant(value: number): string {
  if (Number.isNaN(value)) return ''
  return Math.abs(value) >= 100 ? value.toFixed(0) : Number(value.toPrecision(3)).toString()
}

/** A goal, and whether the figure reaches it. */
export function goal(figure: number, bound: { most: number } | { least: number } | undefined): string {
  if (bound === undefined) return ''
  return 'most' in bound ? `≤ ${bound.most} ${figure <= bound.most ? '✓' : '✗'}` : `≥ ${bound.least} ${figure >= bound.least ? '✓' : '✗'}`
}

export function markdown({ title, note, head, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  // What stands in the row above is not said again.
  const spare = rows.map((row, r) => (rows[r - 1]?.[0] === row[0] ? ['', ...row.slice(1)] : row))
  return [`## ${title}`, '', ...(note ? [note, ''] : []), line(head), line(head.map(() => '---')), ...spare.map(line), ''].join('\n')
}

/** A table's rows by their head, figures as numbers. */
export function figures({ title, head, rows }: Table): object {
  const value = (cell: string) => (/^-?[\d.]+(e[-+]\d+)?×?$/.test(cell) ? Number.parseFloat(cell) : cell)
  return { title, rows: rows.map((row) => Object.fromEntries(row.map((cell, i) => [head[i]!, value(cell)]))) }
}
