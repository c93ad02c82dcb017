// Every table by its name, in the order of the report.
import { accuracy } from './accuracy.ts'
import { adaptive } from './adaptive.ts'
import { browser } from './browser.ts'
import { detectors } from './detectors.ts'
import { reduced, smoothed } from './images.ts'
import { kernels } from './kernels.ts'
import { share } from './ours.ts'
import { peers } from './peers.ts'
import { plain, poolings } from './plain.ts'
import { push } from './push.ts'
import { torch } from './pytorch.ts'
import { recording } from './recording.ts'
import { sliding } from './sliding.ts'
import { spans } from './spans.ts'
import { mels } from './spectra.ts'
import { masked, whole } from './statistics.ts'
import { stream } from './stream.ts'
import { text } from './text.ts'
import { threads } from './threads.ts'
import type { Table } from './timing.ts'
import { slid } from './windows.ts'
import { table, type Work } from './work.ts'

const compared = async (title: string, works: Promise<Work[]> | Work[], note?: string): Promise<Table> => ({
  ...(await table(title, await works, torch)),
  ...(note && { note }),
})

/** Tables of many rows, each of which takes a process of its own. */
export const parts: { readonly [name: string]: readonly string[] } = { plain: poolings }

export const tables: { readonly [name: string]: (part: string) => Promise<Table> } = {
  W1: async () => compared('W1: 2×2 windows, stride 2, of [8, 112, 112, 64]', reduced(await peers('tf', 'ort'))),
  W2: async () => compared('W2: 3×3 windows, stride 1, padding same, of one channel [80, 30000]', smoothed(await peers('tf', 'ort'))),
  W3: async () => compared('W3: windows of 300 over 30000 frames × 80 bands', slid(await peers('tf', 'ort'))),
  W4: async () => {
    const found = await peers('tf', 'ort', 'transformers')
    return compared(
      'W4: statistics of 30000 frames × 80 bands, and means of [128, 512, 384] tokens',
      [...(await whole(found)), ...(await masked(found))],
      `In the ragged batch ${(100 * share).toFixed(0)} % of the tokens count.`,
    )
  },
  W5: async () =>
    compared(
      'W5: log-mel of 10 minutes at 16 kHz, windows of 400, hop 160, 80 bands',
      mels(await peers('pffft', 'audio', 'meyda')),
      '‘Off by’ is the largest distance of ln mel to the definition in float64.',
    ),
  W6: async () => compared('W6: adaptive windows', adaptive()),
  push,
  plain,
  pipeline: recording,
  rxjs: stream,
  text,
  threads,
  accuracy,
  kernels,
  browser,
  sliding: async () => sliding(),
  spans,
  detectors,
}
