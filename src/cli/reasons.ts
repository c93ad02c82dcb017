/** Inputs that failed for one reason. */
export interface Reason {
  /** A message without what differs from input to input. */
  readonly reason: string
  readonly count: number
  /** The first one's id. */
  readonly first: string
}

/** Gathers failures by their reasons, the most frequent first: messages that differ in names and numbers alone are one. */
export function reasonsOf(failures: Iterable<{ readonly id: string; readonly error: string }>): Reason[] {
  const reasons = new Map<string, { count: number; readonly first: string }>()
  for (const { id, error } of failures) {
    const reason = reasonIn(id, error)
    const known = reasons.get(reason)
    if (known) known.count++
    else reasons.set(reason, { count: 1, first: id })
  }
  return Array.from(reasons, ([reason, { count, first }]) => ({ reason, count, first })).sort((a, b) => b.count - a.count)
}

function reasonIn(id: string, error: string): string {
  const [line = ''] = error.split('\n', 1)
  const name = id.split(/[\\/]/).at(-1)!
  const nameless = [id, name].reduce((text, part) => (part === '' ? text : text.replaceAll(part, '…')), line)
  return nameless.replace(/\d+/g, 'N').replace(/(\S*\/)?…/g, '…')
}
