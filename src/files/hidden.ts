import { createHash, randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { hostname, networkInterfaces } from 'node:os'
import { basename, dirname, join } from 'node:path'

// Names of files end at 255 bytes nearly everywhere, and ours add at most 55.
const longest = 200

/**
 * A hidden name beside a place, for what is to be moved there: `.words.npy.9f86d081-4242-188523-1b9d6bcd.tmp`, after the machine, the process, when it began, and chance.
 * So {@link removeStale} knows whose it is.
 */
export function hiddenBeside(place: string): string {
  const owner = `${machine()}-${process.pid}-${processAt('self')?.began ?? 0}`
  return join(dirname(place), `${prefixOf(place)}${owner}-${randomUUID().slice(0, 8)}.tmp`)
}

/**
 * Removes what processes that are no more (killed, or out of memory) have left beside a place.
 *
 * What another machine or container wrote to a shared disk stays, since its processes cannot be seen from here. So does what is from before this machine was started:
 * nothing tells it from another machine's.
 */
export function removeStale(place: string): void {
  const here = machine()
  if (here === unknown) return
  const prefix = prefixOf(place)
  const form = new RegExp(`^${here}-(\\d+)-(\\d+)-[\\da-f]{8}\\.tmp$`)
  try {
    for (const name of readdirSync(dirname(place))) {
      const [, pid, began] = (name.startsWith(prefix) && form.exec(name.slice(prefix.length))) || []
      if (pid !== undefined && isDead(Number(pid), began!)) rmSync(join(dirname(place), name), { force: true })
    }
  } catch {
    // A folder that may be written to but not read, or another user's file: it is in nobody's way.
  }
}

function prefixOf(place: string): string {
  const name = Buffer.from(basename(place))
  return `.${name.length <= longest ? name : createHash('sha256').update(name).digest('hex').slice(0, 16)}.`
}

const unknown = '0'
let known: string | undefined

/** Where processes have numbers of their own: a machine since it was started, and in it a container. */
function machine(): string {
  known ??= identity()
  return known
}

function identity(): string {
  try {
    const parts =
      process.platform === 'linux'
        ? [readFileSync('/proc/sys/kernel/random/boot_id', 'latin1'), readlinkSync('/proc/self/ns/pid')]
        : [hostname(), ...Object.values(networkInterfaces()).flatMap((all) => all!.map(({ mac }) => mac))].sort()
    return createHash('sha256').update(parts.join()).digest('hex').slice(0, 8)
  } catch {
    return unknown
  }
}

function isDead(pid: number, began: string): boolean {
  try {
    process.kill(pid, 0)
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'ESRCH'
  }
  const found = processAt(pid)
  // Numbers of processes are given again; and one that has ended keeps its own until its parent has asked how.
  return found !== undefined && (found.began !== began || found.state === 'Z')
}

/** A process's state, and when it began, in ticks since the machine did; undefined where the system does not say. */
function processAt(pid: number | 'self'): { readonly state: string; readonly began: string } | undefined {
  try {
    // After its name, which stands in brackets and may hold anything.
    const [, state, began] = /.*\) (\S) (?:\S+ ){18}(\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? []
    return state === undefined ? undefined : { state, began: began! }
  } catch {
    return undefined
  }
}
