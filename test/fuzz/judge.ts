/** What may come of a case. The first two are as it should be. */
export const outcomes = ['error', 'fine', 'internal', 'garbage', 'memory', 'crash', 'hang'] as const
export type Outcome = (typeof outcomes)[number]

/** A third thing between right and refused: said by a target that knows what is right. */
export class Garbage extends Error {
  override readonly name = 'Garbage'
}

/** Takes what must hold; what is otherwise is garbage. */
export function must(holds: boolean, otherwise: () => string): void {
  if (!holds) throw new Garbage(otherwise())
}

/** What engines say of programs that did not look at what they were given, as they begin it, and as they go on. */
const begun = [
  'Cannot (read|set|use|destructure|convert|mix|access|create|assign|add|define|delete|redefine)',
  'Invalid (array|typed|string|count|regular|time|date|code|DataView|argument)',
  'Array buffer allocation|Converting circular|Maximum call stack|Maximum BigInt|Division by zero|Spread syntax|Reduce of empty',
  'Unexpected (token|end|non)|Expected property name|Expected .* in JSON|Bad control|Unterminated',
  '[Oo]ffset is out|Start offset|Source is too large|Out of bounds|memory access|unreachable|table index|RuntimeError|Aborted',
  'The (number|encoded|"" argument|value of|argument|operation|first argument)|undefined is|null is|Object prototype|Class |Method |Assignment to',
].join('|')
const goesOn = 'is not (a function|iterable|defined|a constructor|extensible|valid JSON|writable)|before initialization|read only property'
const engine = new RegExp(`(?:^|: )(?:${begun})|${goesOn}`)

/** How an operation of ours calls itself: a name, perhaps what it is about, a colon. */
const ours = /^(?:--)?[a-z][\w.[\]-]*(?: [^:]*)?: /s

/** Whether an error is one of ours, which names the operation, or came from underneath. `says` is what the message must begin with. */
export function judge(error: unknown, says: RegExp = ours): { outcome: Outcome; message: string } {
  if (!(error instanceof Error)) return { outcome: 'internal', message: `what is no error: ${String(error)}` }
  const message = `${error.name}: ${error.message}`.slice(0, 400)
  if (error instanceof Garbage) return { outcome: 'garbage', message: error.message.slice(0, 400) }
  // What somebody wrote is not looked at, nor what ffmpeg says.
  const unquoted = error.message.replace(/"(?:[^"\\]|\\.)*"?/gs, '""').replace(/; ffmpeg: .*/s, '')
  const clean = says.test(error.message) && !engine.test(unquoted)
  if (clean) return { outcome: 'error', message }
  const at = /\n\s+at .*?((?:src|node_modules)\/\S+?:\d+)/.exec(error.stack ?? '')?.[1]
  return { outcome: 'internal', message: at ? `${message} (${at})` : message }
}
