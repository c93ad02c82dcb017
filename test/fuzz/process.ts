import { fork } from 'node:child_process'
import type { Answer, Finding, Order } from './child.ts'
import { progressFile, tally } from './progress.ts'

/** How an order ended: all cases done, or at case `at` (−1 while the target was opened) by the end of the process. */
export interface Ending {
  readonly ended: 'done' | 'crash' | 'hang'
  readonly at: number
  readonly why: string
  /** What the case was about, where it was the only one. */
  readonly about: string
}

/** Megabytes of objects; arrays are bounded by what a case may take. */
const heap = 1024
/** How long a target may take to be opened, in seconds. */
const opening = 120

/**
 * A process that takes orders, one at a time. Where it dies, or is killed as nothing moves for too long, the next order begins another.
 * @param path of the file that it writes its progress to
 */
export function trying(path: string, args: readonly string[], found: (finding: Finding) => void) {
  const progress = progressFile(path)
  let child: ReturnType<typeof begin> | undefined

  async function run(order: Order, patience: number): Promise<Ending> {
    progress.write(tally())
    child ??= begin([args[0]!, path, ...args.slice(1)])
    const { heard, send, kill } = child
    const ending = await new Promise<Ending>((resolve) => {
      let [before, since, about] = [-1, performance.now(), '']
      const watch = setInterval(() => {
        const { at } = progress.read()
        if (at !== before) [before, since] = [at, performance.now()]
        const wait = at < 0 ? opening : patience
        if (performance.now() - since > 1000 * wait) end({ ended: 'hang', at, why: `not done after ${wait} s` })
      }, 100)
      const end = (how: Omit<Ending, 'about'>) => {
        clearInterval(watch)
        resolve({ ...how, about })
      }
      heard((answer) => {
        if ('finding' in answer) found(answer.finding)
        else if ('about' in answer) about = answer.about
        else if ('next' in answer) end({ ended: 'done', at: answer.next, why: '' })
        else if ('failed' in answer) end({ ended: 'crash', at: -1, why: answer.failed })
        else end({ ended: 'crash', at: progress.read().at, why: answer.exit })
      })
      send(order)
    })
    if (ending.ended !== 'done') {
      await kill()
      child = undefined
    }
    return ending
  }

  return {
    run,
    progress: () => progress.read(),
    async close() {
      await child?.kill()
      progress.close()
    },
  }
}

function begin(args: readonly string[]) {
  // Of a group of its own, so that programs that it began end with it.
  const child = fork(new URL('./child.ts', import.meta.url), args, {
    execArgv: ['--import', import.meta.resolve('tsx'), `--max-old-space-size=${heap}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    detached: true,
    // As JSON, Infinity would be null.
    serialization: 'advanced',
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  let complaint = ''
  let listener: (answer: Answer | { readonly exit: string }) => void = () => {}
  child.stderr!.on('data', (text) => {
    complaint = (complaint + text).slice(-(2 ** 13))
  })
  child.on('message', (answer: Answer) => listener(answer))
  const end = () => {
    try {
      process.kill(-child.pid!, 'SIGKILL')
    } catch {
      // It has ended, and all that it began.
    }
  }
  // What hangs does not notice that its driver is gone.
  process.once('exit', end)
  const closed = new Promise<void>((resolve) => {
    child.once('close', (code, signal) => {
      process.off('exit', end)
      listener({ exit: `${signal ?? `exit code ${code}`}: ${lastWords(complaint)}` })
      resolve()
    })
  })
  return {
    heard(listening: typeof listener) {
      listener = listening
    },
    send: (order: Order) => void child.send(order),
    async kill() {
      end()
      await closed
    },
  }
}

/** The line that says most of what was printed. */
function lastWords(complaint: string): string {
  const lines = complaint.split('\n').filter((line) => line.trim() !== '')
  return (lines.find((line) => /fatal|error|memory/i.test(line)) ?? lines.at(-1) ?? '').slice(0, 300)
}
