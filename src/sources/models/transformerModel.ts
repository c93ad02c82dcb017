import { defer, map } from 'rxjs'
import { DataError } from '../../core/check.ts'
import type { Frames } from '../../core/frames.ts'
import { openModel } from '../vectors/modelTokens.ts'
import type { TransformerModel } from './wholeTexts.ts'

/**
 * A transformer in ONNX form as the `model` of a source of text, run by Transformers.js; `modelTokens` has its options. It stays loaded as long as the process.
 *
 * Shape: a text → one frame a token, those that the model adds included, 1 plane × dimensions × 1 channel; prose that streams is read to its end first.
 *
 * @param dtype which of its files, as `modelTokens` has it
 * @throws (by rejection) Error where Transformers.js or the model is missing
 * @example
 * texts(['The sea rises.'], { model: await transformerModel('./all-MiniLM-L6-v2') })
 */
export async function transformerModel(folder: string, dtype = 'fp32'): Promise<TransformerModel> {
  const reader = await openModel({ model: folder, dtype })
  const read = async (text: string): Promise<Frames> => {
    const [frames] = await reader.read([{ id: '', text }]).catch((cause: Error) => {
      throw new DataError(`transformerModel: expected a text that the model takes, got ${cause.message}`, { cause })
    })
    return frames as Frames
  }
  const { length: _, ...layout } = (await read('a')).layout
  // Of the last few lengths one layout each, so that what is planned for one text is planned for all.
  const layouts = new Map<number, Frames['layout']>()
  return {
    name: folder,
    layout,
    whole: (text) =>
      defer(() => read(text)).pipe(
        map((frames) => {
          const own = layouts.get(frames.length) ?? { ...layout, length: frames.length }
          layouts.set(frames.length, own)
          return { ...frames, layout: own }
        }),
      ),
  }
}
