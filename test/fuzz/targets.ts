import { npy, safetensors } from './arrayTargets.ts'
import { csvTargets } from './csvTarget.ts'
import { notation, pipelines } from './definitionTargets.ts'
import { files } from './fileTarget.ts'
import { flac } from './flacTarget.ts'
import { cutsAndSaves, kernelsOrNone, savedStates } from './machineTargets.ts'
import { manifestTarget } from './manifestTarget.ts'
import { modelTarget } from './modelTarget.ts'
import { mp3 } from './mp3Target.ts'
import { oggFlac, opus, vorbis } from './oggTargets.ts'
import { poolingOptions, stageOptions } from './optionTargets.ts'
import { pcmTarget } from './pcmTarget.ts'
import type { Target } from './target.ts'
import { jsonlTarget, textTargets } from './textTargets.ts'
import { vectorTargets } from './vectorTargets.ts'
import { wave } from './waveTarget.ts'

/** All kinds of input that are tried: one more is a file, and a name here. */
export const targets: readonly Target[] = [
  ...[wave, mp3, flac, vorbis, opus, oggFlac, files, pcmTarget],
  ...[jsonlTarget, ...csvTargets, ...textTargets, manifestTarget, ...vectorTargets, modelTarget, npy, safetensors],
  ...[pipelines, notation, stageOptions, poolingOptions, savedStates],
  ...[cutsAndSaves, kernelsOrNone],
]
