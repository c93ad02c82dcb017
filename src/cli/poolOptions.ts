import { type Command, Option } from 'commander'
import { purposes, recipeOptions, tasksOf } from '../pipeline/recipe.ts'
import * as poolings from '../poolings/index.ts'
import * as stages from '../stages/index.ts'
import { pool1d } from '../stages/pooling/pool1d.ts'
import type { PoolOptions } from './definitions.ts'
import { chosen, valued } from './valued.ts'

/** What a pooling command does where no option says how. */
export function byTask(name: string): string {
  return `It does what npm run evaluate chose for the task. An option changes its own part of that and leaves the rest: poolwise explain ${name} shows what comes of it, as a pipeline file.`
}

/** How a pooling command pools. */
export function pooling(of: 'audio' | 'text', command: Command): Command {
  const tasks = tasksOf(of).map((task) => `${task}${task === recipeOptions.task.missing ? ' (default)' : ''}, ${purposes[task]}`)
  return command
    .addOption(valued(new Option('--task <name>', `what for: ${tasks.join('; ')}`), tasksOf(of)))
    .addOption(
      valued(
        new Option('--pool <poolings>', 'such as mean,max or "power(p=3)"; a .json that fit made, or a model\'s 1_Pooling/config.json'),
        Object.keys(poolings),
        true,
      ),
    )
    .option('--window <size>', 'pool windows such as 1s, 100ms or 8 (frames), not the whole, by stages that need not know the whole')
    .option('--stride <size>', "from one window to the next (default: the window's size)")
    .addOption(chosen('--partial <how>', 'a last window that is not full: drop (default) or keep', pool1d, 'partial'))
    .option('--pyramid <levels>', 'pool the whole, halves …, as in 1,2,4; 1 for the whole alone')
    .addOption(
      valued(
        new Option('--then <stages>', 'stages after pooling, such as "truncate(dimensions=64),l2Normalize"'),
        Object.keys(stages),
        true,
      ),
    )
}

/** The task whose recipe it is, and what the others are for. */
export function forTask(of: 'audio' | 'text', { task = recipeOptions.task.missing }: PoolOptions): string {
  const own = `${task}, for ${purposes[task as keyof typeof purposes]}`
  const others = tasksOf(of).filter((other) => other !== task)
  return [own, ...others.map((other) => `--task ${other} is for ${purposes[other]}`)].join('; ')
}
