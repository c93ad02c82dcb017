// Spoken words to vectors that find the same word by another voice: log-mel, 2-D max pooling, then statistics over the whole, its halves and its quarters.
// Run it: npx poolwise run pipelines/speech.ts samples/audio/words/*.wav
import { gain, logMel, normalize, pool2d, pyramidPool } from 'poolwise'
import { definePipeline, type Pipeline } from 'poolwise/node'

const speech: Pipeline = definePipeline({
  source: { source: 'audioFiles', inputs: ['samples/audio/words/*.wav'] },
  stages: [
    gain(),
    logMel({ bands: 80, offset: 1e-4 }),
    // Two frames in time and four bands in frequency forgive small differences between voices.
    pool2d('max', { size: [2, 4] }),
    // What is the same in the whole recording is the voice and the microphone.
    normalize({ variance: false }),
    // A vector keeps some of the order in time.
    pyramidPool('stats'),
  ],
})

export default speech
