import type { WinkMethods } from 'wink-nlp'
import { missing } from '../../core/missing.ts'

/** wink-nlp, which remembers every distinct token it has met. */
export interface Engine {
  readonly nlp: WinkMethods
  /** Set where it remembers enough: the next text then goes to a new engine. */
  full: boolean
}

let engine: Engine | undefined

/**
 * The process's engine, made when first asked for, and anew when it is full.
 *
 * @throws Error that names the packages to install where they are missing
 */
export async function engines(who: string): Promise<() => Engine> {
  const [{ default: wink }, { default: model }] = await Promise.all([import('wink-nlp'), import('wink-eng-lite-web-model')]).catch(
    missing(who, 'wink-nlp', 'wink-eng-lite-web-model'),
  )
  // Custom entities are not used, and loading them quotes their model once more each time: from the 25th on it would be longer than a string can be.
  const light = { ...model, metaCER: () => ({ machines: '', transformers: [] }) }
  return () => {
    if (engine === undefined || engine.full) engine = { nlp: wink(light, ['sbd']), full: false }
    return engine
  }
}
