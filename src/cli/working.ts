import type { Command } from 'commander'
import { refusal } from '../core/check.ts'
import { hearNotes } from '../core/notes.ts'
import { packageVersion } from '../files/packageVersion.ts'
import { work } from '../runs/queueWorker.ts'
import { progress } from './bar.ts'
import { count } from './definitions.ts'
import { firstSignal } from './signals.ts'

interface WorkerOptions {
  readonly redis: string
  readonly concurrency?: string
  readonly lease: string
}

const examples = `
Examples:
  poolwise worker --redis redis://queue:6379
  poolwise audio /corpus/calls --out /corpus/vectors/ \\
    --engine bullmq --redis redis://queue:6379

Any number of workers, on any machines that see the inputs and the folder by the
same paths, take shards of the runs in a Redis, of one run at a time, and write
them. Workers and runs may be ended at any instant and started again. Ctrl-C
makes what was begun; told so again, it ends at once. Runs name files to read
and code to load, so whoever may write to the Redis may do as the worker may.
`

/** `poolwise worker`. */
export function workerCommand(program: Command): void {
  program
    .command('worker')
    .description('takes shards of runs with --engine bullmq out of Redis, and makes them, until it is stopped')
    .requiredOption('--redis <url>', 'where the runs are, such as redis://localhost:6379')
    .option('--concurrency <n>', 'shards at once, a thread each (default: one a processor)')
    .option('--lease <seconds>', 'without a sign of life after which a shard is given to another', '30')
    .addHelpText('after', examples)
    .action(async ({ redis, concurrency, lease }: WorkerOptions) => {
      const width = count('--concurrency', concurrency)
      if (!/^[1-9]\d{0,4}$/.test(lease)) throw refusal('--lease', 'expected seconds from 1 to 99999', lease)
      const { note } = progress(undefined, 'second', false)
      const before = hearNotes(note)
      const stopped = firstSignal()
      stopped.addEventListener('abort', () => note('stopping when the shards that are being made are done; told so again, at once'))
      try {
        await work({ url: redis, version: packageVersion(), width, lease: Number(lease), stopped })
      } finally {
        hearNotes(before)
      }
    })
}
