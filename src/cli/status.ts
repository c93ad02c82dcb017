import { show } from '../core/check.ts'
import { doneRecord, isClaimed, isWhole, planOf } from '../runs/collection.ts'

/**
 * How far a collection is.
 * @throws TypeError for a folder in which no run was begun
 */
export function statusOf(folder: string): string {
  const plan = planOf(folder)
  if (!plan) throw new TypeError(`status: expected a folder that poolwise has written with --out, got ${show(folder)}`)
  const records = Array.from({ length: plan.shards }, (_, i) => doneRecord(folder, i)).filter((record) => record !== undefined)
  const sum = (of: (record: (typeof records)[number]) => number) => records.reduce((all, record) => all + of(record), 0)
  const state =
    isWhole(folder) && records.length === plan.shards
      ? 'whole'
      : isClaimed(folder)
        ? 'a run is at work'
        : 'no run is at work; the same command goes on'
  return [
    `state     ${state}`,
    `shards    ${records.length} of ${plan.shards}`,
    `inputs    ${sum(({ pieces }) => pieces)} of ${plan.pieces}`,
    `vectors   ${sum(({ vectors }) => vectors)}`,
    `failures  ${sum(({ failures }) => failures.length)}`,
    '',
  ].join('\n')
}
