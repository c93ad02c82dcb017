// The process in which cases are tried. Its driver may kill it at any time.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Draws } from './draws.ts'
import { judge, type Outcome } from './judge.ts'
import { forgetPeak, peakMemory, progressFile, tally } from './progress.ts'
import type { Target, Try } from './target.ts'

/** Cases `from` to below `to` of a target, or as many as `ms` are enough for. */
export interface Order {
  readonly target: string
  readonly seed: string
  readonly from: number
  readonly to: number
  readonly ms: number
}

export interface Finding {
  readonly target: string
  readonly case: number
  readonly outcome: Outcome
  readonly note: string
  readonly message: string
}

/** What the child says: a finding, what the only case is about, that it is done, or that a target cannot be opened. */
export type Answer = { readonly finding: Finding } | { readonly about: string } | { readonly next: number } | { readonly failed: string }

/** More memory than any case may need beyond what was there, in MiB. */
const most = 640

const [registry, progressPath, folder, seeds] = process.argv.slice(2) as [string, string, string, string]
const { targets } = (await import(registry)) as { targets: readonly Target[] }
const progress = progressFile(progressPath)
const opened = new Map<string, Promise<Try>>()
const say = (answer: Answer) => process.send!(answer)

async function opening({ name, open }: Target): Promise<Try> {
  const own = join(folder, name.replaceAll(/\W/g, '-'))
  mkdirSync(own, { recursive: true })
  return open({ folder: own, seeds })
}

process.once('disconnect', () => process.exit())

process.on('message', async ({ target: name, seed, from, to, ms }: Order) => {
  const counts = tally()
  progress.write(counts)
  const target = targets.find((one) => one.name === name)!
  if (!opened.has(name)) opened.set(name, opening(target))
  const attempt = await opened.get(name)!.catch((error: Error) => void say({ failed: error.stack ?? error.message }))
  if (!attempt) return
  const end = performance.now() + ms
  let at = from
  for (; at < to && (at === from || performance.now() < end); at++) {
    counts.at = at
    progress.write(counts)
    forgetPeak()
    const before = process.memoryUsage.rss() / 2 ** 20
    let noted = ''
    let { outcome, message }: { outcome: Outcome; message: string } = { outcome: 'fine', message: '' }
    try {
      await attempt(new Draws(`${seed}/${name}/${at}`), (what) => {
        noted = what
        if (to - from === 1) say({ about: what })
      })
    } catch (error) {
      ;({ outcome, message } = judge(error, target.says))
    }
    const peak = peakMemory()
    counts.peak = Math.max(counts.peak, peak)
    if (peak - before > most) [outcome, message] = ['memory', `${Math.round(peak - before)} MiB more than before; ${message}`]
    counts[outcome as 'fine']++
    if (outcome !== 'fine' && outcome !== 'error') say({ finding: { target: name, case: at, outcome, note: noted, message } })
  }
  counts.at = at
  progress.write(counts)
  say({ next: at })
})
