import { integer, refusal } from '../core/check.ts'

/** What Redis holds of a partition. The braces make it one hash slot, as a script must have it in a cluster. */
export interface PartitionKeys {
  /** A stream: what producers add. */
  readonly events: string
  /** A stream: the windows that have ended. */
  readonly windows: string
  /** A stream: events that no window has, and why. */
  readonly failures: string
  /** Who owns the partition, for as long as nobody else may. */
  readonly lease: string
  /** A hash: the fence, the position, whether windows are still to come of what is before it, and what all are of. */
  readonly progress: string
  /** A hash: the state of each key's windows. */
  readonly states: string
}

export function partitionKeys(stream: string, partition: number): PartitionKeys {
  const of = (name: string) => `poolwise:{${stream}:${partition}}:${name}`
  return {
    events: of('events'),
    windows: of('windows'),
    failures: of('failures'),
    lease: of('lease'),
    progress: of('progress'),
    states: of('states'),
  }
}

/** Where the owners of a stream say that they are there. */
export function ownersKey(stream: string): string {
  return `poolwise:{${stream}}:owners`
}

/**
 * The Redis stream that a key's events are added to, for {@link ownPartitions}: all events of a key go to one partition, in the order in which they are added there.
 *
 * It is `poolwise:{STREAM:PARTITION}:events`, and the partition the CRC-32 of the key's UTF-8 bytes, modulo the number of partitions: `zlib.crc32(key.encode()) % 8` in Python.
 *
 * @param stream the name of the stream
 * @param key whose events they are
 * @param partitions how many there are, the same for all who add and own
 * @throws TypeError or RangeError where the names are no text, or the number of partitions is none
 * @example
 * eventsKey('readings', 'kitchen', 8) // 'poolwise:{readings:0}:events'
 */
export function eventsKey(stream: string, key: string, partitions: number): string {
  for (const [name, value] of Object.entries({ stream, key }))
    if (typeof value !== 'string' || value === '') throw refusal('eventsKey', `${name} must be a text that is not empty`, value)
  return partitionKeys(stream, partitionOf(key, integer('eventsKey', 'partitions', partitions, 1))).events
}

export function partitionOf(key: string, partitions: number): number {
  return crc32(new TextEncoder().encode(key)) % partitions
}

/** CRC-32 of ISO 3309, as zlib has it; Node has one from 20.15 on. */
function crc32(bytes: Uint8Array): number {
  let crc = -1
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}
