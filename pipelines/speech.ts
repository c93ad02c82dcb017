// Spoken words to vectors that find the same word by another voice: what `poolwise audio` does, chosen by measuring (npm run evaluate).
// Run it: npx poolwise run pipelines/speech.ts samples/audio/words/*.wav
import { cepstrum, decibels, equalizeChange, mel, normalize, pyramidPool, spectrogram, trim } from 'poolwise'
import { definePipeline, type Pipeline } from 'poolwise/node'

const speech: Pipeline = definePipeline({
  source: { source: 'audioFiles', inputs: ['samples/audio/words/*.wav'] },
  stages: [
    spectrogram(),
    mel({ bands: 40 }),
    // Below its loudest value: loudness does not matter.
    decibels({ range: 60 }),
    // The quiet ends are no part of the word.
    trim(),
    cepstrum({ coefficients: 16, lifter: 22 }),
    // What is the same in the whole recording is mostly the voice and the microphone.
    normalize({ share: 0.8, variance: false }),
    // Equally much happens between frames: a vowel drawn out takes no more of them.
    equalizeChange(),
    // Eight windows keep the order in time.
    pyramidPool('stats', { levels: [8] }),
  ],
})

export default speech
