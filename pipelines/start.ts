// Runs poolwise over the samples: what goes in, what comes out, and what the vectors are good for. Writes the vectors and a picture.
// Run it: npm start, or npx tsx pipelines/start.ts FOLDER to write to another folder than out/
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import pipeline from './speech.ts'
import { audioGraph } from './start/graph.ts'
import { picture } from './start/picture.ts'
import { heading, say } from './start/print.ts'
import { speech } from './start/speech.ts'
import { text } from './start/text.ts'

const out = process.argv[2] ?? 'out'

try {
  await mkdir(out, { recursive: true })
  const words = await speech(out)
  await audioGraph(pipeline, words[0]!)
  await picture(join(out, 'spectrogram.png'))
  await text(out)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
