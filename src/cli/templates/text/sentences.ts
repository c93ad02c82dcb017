// Sentences in, a vector each out, of 100 values that say what it is about; each sentence is shown with the one that is most like it.
import { eachSequence, globalPool, l2Normalize, toVectors, type Vector } from 'poolwise'
import { embed, loadVectors, texts } from 'poolwise/text'

const sentences = [
  'The waves rose, and the boat went back to the harbor.',
  'Let the dough rest before it goes into the oven.',
  'A ship was lost at sea in the storm.',
  'Warm bread with butter makes a good breakfast.',
]

const found: Vector[] = []
// Words such as "the", which say little, do not count.
texts(sentences, { stopWords: 'mask' })
  .pipe(
    eachSequence(
      // Each word's vector, from a table of English words ...
      embed(await loadVectors()),
      // ... their mean, which is as long whatever the sentence ...
      globalPool('mean'),
      // ... and of length 1, so that two are compared by the sum of their products.
      l2Normalize(),
    ),
    toVectors(),
  )
  .subscribe({
    next(item) {
      if ('error' in item) throw item.error
      found.push(item)
    },
    complete: () => found.forEach(show),
  })

function show(sentence: Vector): void {
  const likeness = (other: Vector) => sentence.vector.reduce((sum, value, i) => sum + value * other.vector[i], 0)
  const [nearest] = found.filter((other) => other !== sentence).sort((a, b) => likeness(b) - likeness(a))
  console.log(`${sentence.vector.length} values: ${sentences[Number(sentence.id)]}`)
  console.log(`  like ${likeness(nearest).toFixed(2)}: ${sentences[Number(nearest.id)]}`)
}
