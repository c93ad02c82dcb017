// What marks where segments begin, and what is seen of them, a line each.
export { contentWindows } from './contentWindows.ts'
export { detectNovelty } from './detectNovelty.ts'
export { detectOnsets } from './detectOnsets.ts'
export { detectSpeech } from './detectSpeech.ts'
export { markBoundaries } from './markBoundaries.ts'
export { mask } from './mask.ts'
export { reveal } from './reveal.ts'
