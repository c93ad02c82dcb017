import { flac } from './flacTarget.ts'
import { mp3 } from './mp3Target.ts'
import { oggFlac, opus, vorbis } from './oggTargets.ts'
import type { Target } from './target.ts'
import { wave } from './waveTarget.ts'

/** All kinds of input that are tried: one more is a file, and a line here. */
export const targets: readonly Target[] = [wave, mp3, flac, vorbis, opus, oggFlac]
