import type { Plan } from './stage.ts'

type Tell = (text: string) => void

/** Who is told, once for each text: what would be said of every sequence is worth a word, not a word a sequence. */
export function once(tell: Tell): Tell {
  const told = new Set<string>()
  return (text) => {
    if (told.has(text)) return
    told.add(text)
    tell(text)
  }
}

let tell: Tell = /* @__PURE__ */ once((text) => console.warn(`poolwise: ${text}`))

/** Has notes told to somebody other than the console, such as a program that draws there, and gives who was told before. */
export function hearNotes(listener: Tell): Tell {
  const before = tell
  tell = listener
  return before
}

/** Says something that is no error. */
export function say(text: string): void {
  tell(text)
}

/** A plan of which there is something to say that is no error; it is said when it runs, since many plans only tell what they would do. */
export function noted(plan: Plan, text: string | undefined): Plan {
  if (text === undefined) return plan
  return {
    ...plan,
    open(saved) {
      tell(text)
      return plan.open(saved)
    },
  }
}
