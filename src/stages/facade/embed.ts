import { type Callable, callable } from '../../streams/operator.ts'
import * as features from '../vectors/embed.ts'

/**
 * Replaces vocabulary ids by their word vectors.
 *
 * Shape: n tokens → n frames of `dimensions` bins ('dim0', 'dim1', …). Unknown words give zeros of weight 0; other weights, and boundaries, are kept.
 *
 * @throws (when planned) TypeError for frames of more than one value, and for the ids of another vocabulary
 * @example
 * textFile('letters.txt').pipe(embed(await loadVectors()), globalPool('mean'))
 */
export const embed: Callable<typeof features.embed> = callable(features.embed)
