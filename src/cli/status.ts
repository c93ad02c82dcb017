import type { Command } from 'commander'
import colors from 'picocolors'
import { show } from '../core/check.ts'
import { standardOutput } from '../files/output.ts'
import { doneRecord, isClaimed, isWhole, planOf, timeOf } from '../runs/runFolder.ts'
import { lengthOf, short } from './numerals.ts'
import { reasonsOf } from './reasons.ts'
import { shortened } from './table.ts'

const examples = `
Examples:
  poolwise status vectors/
  poolwise status vectors/ --json
`

/** `poolwise status`. */
export function statusCommand(program: Command): void {
  program
    .command('status')
    .description('how far a folder is that --out FOLDER/ has begun')
    .argument('<folder>', 'the folder')
    .option('--json', 'all of it as JSON')
    .addHelpText('after', examples)
    .action((folder: string, { json }: { readonly json?: true }) => standardOutput.write(statusOf(folder, json)))
}

/** Reasons that are listed. */
const mostReasons = 8

/**
 * How far a collection is, in lines or as JSON: how fast the run is or was that last began, what is left for it, and why inputs failed.
 * @throws TypeError for a folder in which no run was begun
 */
export function statusOf(folder: string, json: true | undefined): string {
  const facts = factsOf(folder)
  return json ? `${JSON.stringify(facts)}\n` : inLines(facts)
}

type Facts = ReturnType<typeof factsOf>

const states = { whole: 'whole', working: 'a run is at work', ended: 'no run is at work; the same command goes on' } as const

function factsOf(folder: string) {
  const plan = planOf(folder)
  if (!plan) throw new TypeError(`status: expected a folder that poolwise has written with --out, got ${show(folder)}`)
  const records = Array.from({ length: plan.shards }, (_, i) => doneRecord(folder, i)).flatMap((record, i) =>
    record ? [{ ...record, i }] : [],
  )
  const done = records.reduce((sum, { pieces }) => sum + pieces, 0)
  const failures = records.flatMap((record) => record.failures)
  const state = isWhole(folder) && records.length === plan.shards ? 'whole' : isClaimed(folder) ? 'working' : 'ended'
  // By the times of files: whatever runs, and wherever, they are of one clock.
  const began = timeOf(folder)
  const since = records.map(({ pieces, i }) => ({ pieces, at: timeOf(folder, i) })).filter(({ at }) => at >= began)
  const last = state === 'working' ? Date.now() : since.reduce((most, { at }) => Math.max(most, at), began)
  const rate = (1000 * since.reduce((sum, { pieces }) => sum + pieces, 0)) / (last - began)
  const known = rate > 0 && rate < Infinity
  return {
    state,
    shards: { done: records.length, all: plan.shards },
    inputs: { done, all: plan.pieces },
    vectors: records.reduce((sum, { vectors }) => sum + vectors, 0),
    failures: failures.length,
    reasons: reasonsOf(failures),
    /** Inputs a second. */
    ...(known && { rate }),
    /** Seconds. */
    ...(known && state === 'working' && { left: (plan.pieces - done) / rate }),
  } as const
}

function inLines({ state, shards, inputs, vectors, failures, reasons, rate, left }: Facts): string {
  return [
    `state     ${colors.bold(states[state])}`,
    `shards    ${shards.done} of ${shards.all}`,
    `inputs    ${inputs.done} of ${inputs.all}`,
    ...(rate === undefined ? [] : [`rate      ${short(rate)} a second`]),
    ...(left === undefined ? [] : [`left      ${lengthOf(Math.ceil(left), 'second')}`]),
    `vectors   ${vectors}`,
    `failures  ${failures > 0 ? colors.red(String(failures)) : 0}`,
    ...reasons.slice(0, mostReasons).map(({ reason, count }) => `${String(count).padStart(9)} ${shortened(reason, 70)}`),
    ...(reasons.length > mostReasons ? [`          and ${reasons.length - mostReasons} other reasons`] : []),
    '',
  ].join('\n')
}
