import { pcm } from '../../src/audio.ts'
import { rawOptions } from '../../src/sources/audio/pcm.ts'
import { pieces } from './bytewise.ts'
import { heard } from './hearing.ts'
import { must } from './judge.ts'
import type { Target } from './target.ts'

/** How a sample of a format is read, where that is plain. */
const readers: { readonly [format: string]: readonly [width: number, read: (view: DataView, at: number) => number] } = {
  u8: [1, (view, at) => (view.getUint8(at) - 128) / 128],
  s16le: [2, (view, at) => view.getInt16(at, true) / 2 ** 15],
  s32le: [4, (view, at) => view.getInt32(at, true) / 2 ** 31],
  f32le: [4, (view, at) => view.getFloat32(at, true)],
  f64le: [8, (view, at) => view.getFloat64(at, true)],
}

/** Any bytes are samples, in whatever pieces they come; what is left over at the end is an error, and so are floats that are no numbers. */
export const pcmTarget: Target = {
  name: 'pcm',
  says: /^pcm: /,
  open: () => async (draws, note) => {
    const format = draws.pick(rawOptions.format.description.enum as readonly string[])
    const channels = draws.pick([1, 1, 2, 3, 7])
    const bytes = draws.bytes(draws.below(draws.pick([10, 300, 5000])))
    note(`${bytes.length} bytes of ${format} × ${channels}`)
    const stream = pieces(bytes, draws.cuts(bytes.length, 6))
    const { samples, error } = await heard(pcm(stream, { rate: 8000, channels, format: format as 's16le' }))
    const [width, read] = readers[format] ?? []
    if (!width || !read) {
      if (error !== undefined) throw error
      return
    }
    const frames = Math.floor(bytes.length / (width * channels))
    const view = new DataView(bytes.buffer)
    const expected = Float32Array.from({ length: frames * channels }, (_, i) => read(view, i * width))
    // As loud as sound may be.
    const bad = expected.findIndex((value) => !(Math.abs(value) <= 2 ** 40))
    const wrong = samples.findIndex((value, i) => !Object.is(value, expected[i]))
    must(wrong < 0 || (bad >= 0 && wrong >= bad), () => `sample ${wrong} is ${samples[wrong]}, not ${expected[wrong]}`)
    must(bad < 0 || error !== undefined, () => `sample ${bad} is ${expected[bad]}, and no error`)
    must(bad >= 0 || samples.length === expected.length, () => `${samples.length} samples of ${expected.length}`)
    must(
      (error !== undefined) === (bad >= 0 || bytes.length > frames * channels * width),
      () => `an error where none should be, or none: ${error}`,
    )
    if (error !== undefined) throw error
  },
}
