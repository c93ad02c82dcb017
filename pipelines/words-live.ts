// Sound as it comes to a vector every 100 ms, of the second before: PCM on standard input, log-mel, mixed max and mean pooling in a sliding window.
// Run it: arecord -q -t raw -f S16_LE -r 16000 | npx poolwise run pipelines/words-live.ts -
import { logMel, mixed, pool1d } from 'poolwise'
import { definePipeline, type Pipeline } from 'poolwise/node'

const wordsLive: Pipeline = definePipeline({
  source: { source: 'pcm', rate: 16000, format: 's16le', inputs: ['-'] },
  stages: [
    logMel({ bands: 40 }),
    pool1d(
      mixed([
        ['max', 0.5],
        ['mean', 0.5],
      ]),
      { size: '1s', stride: '100ms' },
    ),
  ],
})

export default wordsLive
