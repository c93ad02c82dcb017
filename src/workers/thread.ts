// What differs between a Web Worker and a thread of Node.

/** A Web Worker, or a Worker of `node:worker_threads`. */
export interface Thread {
  postMessage(message: never, transfer: never): void
  terminate(): unknown
}

/** A Node worker's, and a Web Worker's, way to be heard. */
interface Heard {
  on?(event: 'error' | 'exit', listener: (what: unknown) => void): unknown
  addEventListener?(event: 'error', listener: (event: { readonly message?: string }) => void): unknown
}

type NodeThreads = { readonly Worker: new (file: URL, options: { readonly execArgv: readonly string[] }) => Thread }

// By a name of its own, so that no bundler takes what is Node's for a part of the page.
const here: string = import.meta.url

/** The address of a thread's program, which stands beside a module: built as .js, from source as .ts. */
export function programBeside(module: string, name: string): string {
  return new URL(`./${name}${endingOf(module)}`, module).href
}

function endingOf(module: string): string {
  return module.slice(module.lastIndexOf('.'))
}

/** A thread that runs poolwise/worker.js, or nothing where one has to be given. */
export function ownThread(): Thread | undefined {
  const { process, Worker: PageWorker } = globalThis as {
    readonly process?: { getBuiltinModule?(name: string): unknown }
    readonly Worker?: unknown
  }
  const threads = process?.getBuiltinModule?.('node:worker_threads') as NodeThreads | undefined
  if (threads) return new threads.Worker(new URL(programBeside(here, 'nodeWorker')), { execArgv: threadArguments() })
  // As bundlers know it, word for word.
  if (PageWorker) return new Worker(new URL('./pageWorker.js', import.meta.url), { type: 'module' })
  return undefined
}

/** What a thread's Node is started with. From source it needs tsx, which `node --import tsx` gives to the main thread alone. */
export function threadArguments(): readonly string[] {
  if (endingOf(here) !== '.ts') return process.execArgv
  const register = `import { register } from ${JSON.stringify(import.meta.resolve('tsx/esm/api'))}; register()`
  return ['--import', `data:text/javascript,${encodeURIComponent(register)}`]
}

/** Calls `failed` with why a thread ended by itself, or did not begin. */
export function hearEnd(thread: Thread, failed: (error: Error) => void): void {
  const { on, addEventListener } = thread as Heard
  const expected = 'inWorker: expected a worker that runs poolwise/worker.js to the end'
  if (on) {
    on.call(thread, 'error', (error) => failed(error as Error))
    // What it said last may be on its port still: Node tells the end when it likes, and reads ports between two timers.
    on.call(thread, 'exit', (code) => {
      setTimeout(() => setTimeout(failed, 0, new Error(`${expected}, got one that ended with code ${code}`)))
    })
  } else
    addEventListener?.call(thread, 'error', ({ message }) =>
      failed(new Error(`${expected}, got ${message ? JSON.stringify(message) : 'none that this page may load'}`)),
    )
}
