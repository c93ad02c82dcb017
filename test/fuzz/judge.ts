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

/** What engines say of programs that did not look at what they were given. Texts in quotes are what somebody wrote, and are not looked at. */
const engine =
  /(^|: )(Cannot (read|set|use|destructure|convert|mix|access|create|assign|perform|delete|redefine|add)|Invalid (array|typed|string|count|array buffer|regular|time|date|DataView|code)|Array buffer allocation|Converting circular|Maximum call stack|Unexpected (token|end|non)|Expected property name|Bad control|Unterminated|Reduce of empty|Offset is out|offset is out|Start offset|Source is too large|Out of bounds|memory access|unreachable|The (number|encoded|"[^"]*" argument|value of|argument|operation|first argument)|undefined is|null is|Object prototype|Spread syntax|Division by zero|Maximum BigInt|Precision|table index|Aborted|RuntimeError|toString\(\)|toFixed|Class constructor|Derived|WebAssembly|Assignment to|Private|Method |Receiver|Number of elements|Symbol\.|key\b.*too large)|is not (a function|iterable|defined|a constructor|extensible|an object|valid JSON|writable)|before initialization|read only property|\[object /

/** How an operation of ours calls itself: a name, perhaps what it is about, a colon. */
const ours = /^[a-z][\w.[\]-]*(?: [^:]*)?: /s

/** Whether an error is one of ours, which names the operation, or came from underneath. `says` is what the message must begin with. */
export function judge(error: unknown, says: RegExp = ours): { outcome: Outcome; message: string } {
  if (!(error instanceof Error)) return { outcome: 'internal', message: `what is no error: ${String(error)}` }
  const message = `${error.name}: ${error.message}`.slice(0, 400)
  if (error instanceof Garbage) return { outcome: 'garbage', message: error.message.slice(0, 400) }
  const unquoted = error.message.replace(/"(?:[^"\\]|\\.)*"?/gs, '""')
  const clean = says.test(error.message) && !engine.test(unquoted)
  if (clean) return { outcome: 'error', message }
  const at = /\n\s+at .*?((?:src|node_modules)\/\S+?:\d+)/.exec(error.stack ?? '')?.[1]
  return { outcome: 'internal', message: at ? `${message} (${at})` : message }
}
