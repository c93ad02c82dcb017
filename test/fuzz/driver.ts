import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Finding } from './child.ts'
import { type Outcome, outcomes } from './judge.ts'
import { trying } from './process.ts'
import type { Target } from './target.ts'

export interface Plan {
  /** URL of the module that exports `targets`. */
  readonly registry: string
  readonly targets: readonly Pick<Target, 'name' | 'share'>[]
  /** Folder of encoded recordings. */
  readonly seeds: string
  readonly seed: string
  readonly seconds: number
  /** These cases alone, the last one not among them. */
  readonly cases?: readonly [from: number, to: number]
  /** How long one case may take, in seconds. */
  readonly patience?: number
  readonly found?: (finding: Finding) => void
}

/** What became of the cases of a target. */
export interface Row {
  readonly target: string
  readonly tried: number
  readonly counts: Readonly<Record<Outcome, number>>
  /** MiB. */
  readonly peak: number
}

interface Turn {
  readonly target: string
  readonly counts: Record<Outcome, number>
  peak: number
  /** The case that comes next; Infinity where none can. */
  next: number
  /** Milliseconds, by its share of the time. */
  spent: number
  readonly share: number
}

/** Tries cases of all targets in turns: always that one's which had the least of its share so far. Each gets one, however little time there is. */
export async function fuzz({
  targets,
  seed,
  seconds,
  cases = [0, Infinity],
  patience = 10,
  found = () => {},
  ...plan
}: Plan): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'poolwise-fuzz-'))
  const tries = trying(join(folder, 'progress'), [plan.registry, folder, plan.seeds], found)
  const [from, to] = cases
  const nothing = () => Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as Record<Outcome, number>
  const turns = targets.map(({ name, share = 1 }): Turn => ({ target: name, share, counts: nothing(), peak: 0, next: from, spent: 0 }))
  const ms = to < Infinity ? Infinity : Math.max(200, (250 * seconds) / targets.length)

  async function run(turn: Turn, first: number, last: number, wait: number) {
    const ending = await tries.run({ target: turn.target, seed, from: first, to: last, ms }, wait)
    const { at: _, peak, ...counts } = tries.progress()
    for (const [outcome, count] of Object.entries(counts)) turn.counts[outcome as Outcome] += count
    turn.peak = Math.max(turn.peak, peak)
    return ending
  }

  /** Some cases; where the process dies, that case once more alone, with more time. */
  async function take(turn: Turn): Promise<void> {
    const { target, next } = turn
    const { ended, at, why } = await run(turn, next, to, patience)
    turn.next = at
    if (ended === 'done') return
    const report = (note: string, message: string) => {
      turn.counts[ended]++
      found({ target, case: Math.max(at, 0), outcome: ended, note, message })
    }
    if (at < 0) {
      turn.next = Infinity
      return report('the target could not be opened', why)
    }
    turn.next = at + 1
    const alone = await run(turn, at, at + 1, 2 * patience)
    if (alone.ended !== 'done') report(alone.about, alone.why)
    // What is only slow is no hang; what crashed without being alone needs those before it.
    else if (ended === 'crash') report(`only after those from case ${next} on`, why)
  }

  try {
    const end = performance.now() + 1000 * seconds
    for (;;) {
      const [turn] = turns.filter(({ next }) => next < to).sort((a, b) => a.spent - b.spent)
      if (!turn || (to === Infinity && turn.spent > 0 && performance.now() > end)) break
      const begun = performance.now()
      await take(turn)
      turn.spent += (performance.now() - begun) / turn.share
    }
  } finally {
    await tries.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return turns.map(({ target, counts, peak }) => ({ target, counts, peak, tried: Object.values(counts).reduce((a, b) => a + b, 0) }))
}
