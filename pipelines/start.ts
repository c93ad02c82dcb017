// Runs poolwise over the samples: what goes in, what comes out, and what the vectors are good for. Writes the vectors and a picture to out/.
// Run it: npm start, or npm start -- FOLDER to write elsewhere
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import speechPipeline from './speech.ts'
import { audioGraph } from './start/graph.ts'
import { picture } from './start/picture.ts'
import { heading, say } from './start/print.ts'
import { speech } from './start/speech.ts'
import { text } from './start/text.ts'

const out = process.argv[2] ?? 'out'
// The reader of a pipe has what it wanted (`| head`).
process.stdout.on('error', () => process.exit())

try {
  await mkdir(out, { recursive: true })
  const words = await speech(out)
  await audioGraph(speechPipeline, words[0]!)
  await picture(join(out, 'spectrogram.png'))
  await text(out)
  heading(`Written to ${join(out, '/')}`)
  say(
    'words.npy         the vectors of speech, a row each; np.load reads it',
    'words.ids.jsonl   whose they are, a line each',
    'sentences.jsonl   the vectors of text, a line each',
    'spectrogram.png   a log-mel spectrogram, pooled in 1-D and in 2-D',
    '',
  )
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
