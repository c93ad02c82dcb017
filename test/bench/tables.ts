// Every table by its name, in the order of the report. What a table needs is loaded for it alone: all that is in memory slows down what collects garbage.
import { small } from './calls.ts'
import { share } from './ours.ts'
import { peers } from './peers.ts'
import { poolings } from './plain.ts'
import { torch } from './pytorch.ts'
import { stages } from './streams.ts'
import { windows } from './tensors.ts'
import type { Table } from './timing.ts'
import { table, type Work } from './work.ts'

const compared = async (title: string, works: Promise<Work[]> | Work[], note?: string): Promise<Table> => ({
  ...(await table(title, await works, torch)),
  ...(note && { note }),
})

/** Tables of many rows, each of which takes a process of its own. */
export const parts: { readonly [name: string]: readonly string[] } = {
  streams: stages,
  tensors: windows,
  calls: small,
  plain: poolings,
}

export const tables: { readonly [name: string]: (part: string) => Promise<Table> } = {
  streams: async (part) => (await import('./streams.ts')).streams(part),
  sound: async () => (await import('./sound.ts')).sound(),
  tensors: async (part) => (await import('./tensors.ts')).tensors(part),
  calls: async (part) => (await import('./calls.ts')).calls(part),
  first: async () => (await import('./first.ts')).first(),
  W1: async () =>
    compared('W1: 2×2 windows, stride 2, of [8, 112, 112, 64]', (await import('./images.ts')).reduced(await peers('tf', 'ort'))),
  W2: async () =>
    compared(
      'W2: 3×3 windows, stride 1, padding same, of one channel [80, 30000]',
      (await import('./images.ts')).smoothed(await peers('tf', 'ort')),
    ),
  W3: async () =>
    compared('W3: windows of 300 over 30000 frames × 80 bands', (await import('./windows.ts')).slid(await peers('tf', 'ort'))),
  W4: async () => {
    const { masked, whole } = await import('./statistics.ts')
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
      (await import('./spectra.ts')).mels(await peers('pffft', 'audio', 'meyda')),
      '‘Off by’ is the largest distance of ln mel to the definition in float64.',
    ),
  W6: async () => compared('W6: adaptive windows', (await import('./adaptive.ts')).adaptive()),
  events: async () => (await import('./events.ts')).timed(),
  push: async () => (await import('./push.ts')).push(),
  plain: async (part) => (await import('./plain.ts')).plain(part),
  pipeline: async () => (await import('./recording.ts')).recording(),
  rxjs: async () => (await import('./stream.ts')).stream(),
  text: async () => (await import('./text.ts')).text(),
  models: async () => (await import('./models.ts')).models(),
  threads: async () => (await import('./threads.ts')).threads(),
  accuracy: async () => (await import('./accuracy.ts')).accuracy(),
  kernels: async () => (await import('./kernels.ts')).kernels(),
  live: async () => (await import('./live.ts')).live(),
  browser: async () => (await import('./browser.ts')).browser(),
  sliding: async () => (await import('./sliding.ts')).sliding(),
  nearest: async () => (await import('./nearest.ts')).nearest(),
  spans: async () => (await import('./spans.ts')).spans(),
  detectors: async () => (await import('./detectors.ts')).detectors(),
}
