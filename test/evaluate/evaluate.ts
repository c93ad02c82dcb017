// `npm run evaluate`: measures recipes for sound and for text, chooses on one part and reports on the other; then what follows the content of sound and text. `npm run evaluate -- boundaries`
// runs what is so named alone.
import { boundaries } from './boundaries.ts'
import { classification } from './classification.ts'
import { mixing } from './mixing.ts'
import { segments } from './segments.ts'
import { similarity } from './similarity.ts'
import { speaking } from './speaking.ts'
import { speech } from './speech.ts'
import { speechTables } from './table.ts'

const all: { readonly [name: string]: () => Promise<string> } = {
  speech: async () => speechTables(await speech()),
  text: async () => `${await similarity()}\n\n${await classification()}`,
  manners: speaking,
  boundaries,
  segments,
  mixing,
}

const names = process.argv.slice(2)
const unknown = names.filter((name) => !Object.hasOwn(all, name))
if (unknown.length > 0) {
  console.error(`evaluate: expected names among ${Object.keys(all).join(', ')}, got ${unknown.join(', ')}`)
  process.exit(2)
}
for (const [name, tables] of Object.entries(all)) {
  if (names.length > 0 && !names.includes(name)) continue
  try {
    console.log(`${await tables()}\n`)
  } catch (error) {
    console.error((error as Error).message)
    process.exitCode = 1
  }
}
