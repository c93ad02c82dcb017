import { Readable } from 'node:stream'

/** Milliseconds in which a writer that was told to stop as well gets rid of what it still has: a shell tells all of `arecord | poolwise`. */
const patience = 250
/** No pipe holds more bytes on its way. */
const most = 2 ** 20

let end = (): void => {
  ended = true
}
let ended = false

/** Standard input, until its writer or {@link endStandardInput} ends it. */
export function standardInput(): Readable {
  const { stdin } = process
  // Once it has been told to end.
  let left = Infinity
  let idle = false

  const input = new Readable({
    read: () => void stdin.resume(),
    destroy(error, done) {
      stdin.destroy()
      done(error)
    },
  })
  function finish(): void {
    stdin.off('data', take).destroy()
    if (!input.destroyed) input.push(null)
  }
  function take(chunk: Uint8Array): void {
    idle = false
    left -= chunk.length
    if (!input.push(chunk)) stdin.pause()
    if (left <= 0) finish()
  }
  /** Ends it once a turn of the event loop, which asks the system for more, has brought nothing. */
  function whenIdle(): void {
    if (idle) finish()
    idle = !stdin.isPaused()
    if (left > 0 && !stdin.destroyed) setImmediate(() => setImmediate(whenIdle))
  }
  stdin
    .on('data', take)
    .on('end', () => input.push(null))
    .on('error', (error) => input.destroy(error))
    .pause()
  end = () => {
    left = most
    setTimeout(whenIdle, patience)
  }
  if (ended) end()
  return input
}

/** Ends standard input as its writer would: what has been written to it is read, and then nothing more. */
export function endStandardInput(): void {
  end()
}
