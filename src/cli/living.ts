import { Argument, type Command } from 'commander'
import { type LiveOptions, liveOptions, ownPartitions } from '../live/ownPartitions.ts'
import * as stages from '../stages/index.ts'
import { stageFrom } from '../stages/stageFrom.ts'
import { count } from './definitions.ts'
import { stagesFrom } from './notation.ts'
import { firstSignal } from './signals.ts'
import { valued } from './valued.ts'

interface LiveFlags {
  readonly redis?: string
  readonly stream: string
  readonly partitions?: string
  readonly values?: string
  readonly lateness?: string
  readonly idle?: string
  readonly ahead?: string
  readonly lease?: string
  readonly batch?: string
  readonly trim?: true
}

const examples = `
Examples:
  poolwise live "pool1d(pooling=sum,size=1s)" --stream clicks --trim
  poolwise live "pool1d(pooling=[mean,max],size=10s)" \\
    --stream readings --values temperature --lateness 2s
  redis-cli XADD "poolwise:{readings:0}:events" "*" \\
    key kitchen time 12.5 temperature 21.4
  redis-cli XREAD STREAMS "poolwise:{readings:0}:windows" 0

A key's partition is the CRC-32 of its UTF-8 bytes modulo their number, as
eventsKey of poolwise/node gives it. Start as many as there is work for,
anywhere; end any of them in any way. SIGINT or SIGTERM gives the partitions
back at once.
`

/** `poolwise live`: an owner of partitions, one of any number. */
export function liveCommand(program: Command): void {
  program
    .command('live')
    .description('pools live events by key, from Redis streams to Redis streams; each window exactly once, whoever dies')
    .addArgument(
      valued(
        new Argument('<stages>', 'what the events of a key go through, such as "pool1d(pooling=mean,size=10s)"'),
        Object.keys(stages),
        true,
      ),
    )
    .requiredOption('--stream <name>', 'the name of the stream')
    .option('--redis <url>', `where Redis is (default: ${liveOptions.redis.missing})`)
    .option('--partitions <n>', `how many the stream has, for all the same (default: ${liveOptions.partitions.missing})`)
    .option('--values <names>', "the fields that are an event's numbers, as in temperature,humidity (default: each event is 1)")
    .option('--lateness <time>', 'how far events of a key may fall back behind its latest (default: not at all)')
    .option('--idle <time>', 'without an event for so long, a key ends (default: never)')
    .option('--ahead <time>', "how far an event may be ahead of the partition's time (default: however far)")
    .option('--lease <time>', `how long a partition stays with an owner that is not heard of (default: ${liveOptions.lease.missing}s)`)
    .option('--batch <n>', `most events of a partition between two checkpoints (default: ${liveOptions.batch.missing})`)
    .option('--trim', 'remove events once the checkpoint has them')
    .addHelpText('after', examples)
    .action(async (text: string, { partitions, batch, values, ...flags }: LiveFlags) => {
      const numbers = { partitions: count('--partitions', partitions), batch: count('--batch', batch), values: values?.split(',') }
      const given = Object.fromEntries(Object.entries({ ...flags, ...numbers }).filter(([, value]) => value !== undefined))
      await ownPartitions(
        stagesFrom(text, 'stages').map((spec) => stageFrom(spec)),
        {
          ...(given as unknown as LiveOptions),
          owned: (all) => process.stderr.write(`owns ${all.length > 0 ? all.join(' ') : 'none'}\n`),
          signal: firstSignal(),
        },
      )
    })
}
