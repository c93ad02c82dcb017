import { pcmFiles } from 'poolwise/node'
import { concatMap, firstValueFrom, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ending, folder, s16, whole } from '../recordings.ts'

const files = folder()
const one = files.write('one.raw', s16([1, -2, 3]))
const two = files.write('two.raw', s16([4]).subarray(0, 1))
const none = files.write('none.raw', '')

const endings = (paths: string | string[], options: Parameters<typeof pcmFiles>[1]) =>
  firstValueFrom(
    pcmFiles(paths, options).pipe(
      concatMap(async ({ id, frames }) => ({ id, ...(await ending(frames)) })),
      toArray(),
    ),
  )

describe('pcmFiles', () => {
  it('reads files without a header, told their length', async () => {
    const { frames } = await firstValueFrom(pcmFiles(one, { rate: 8000 }))
    const block = await whole(frames)
    expect([...block.data].map((x) => x * 32768)).toEqual([1, -2, 3])
    expect(block.layout).toMatchObject({ length: 3, channels: 1, clock: { hop: 1 / 8000 } })
    // A sequence can be read again.
    expect((await whole(frames)).data).toEqual(block.data)
  })

  it('reads patterns in order, and goes on after a file that fails', async () => {
    const found = await endings([one.replace('one.raw', '*.raw'), 'missing.raw'], { rate: 8000 })
    expect(found.map(({ id, length, error }) => [id, length, error?.message])).toEqual([
      [none, 0, undefined],
      [one, 3, undefined],
      [two, 0, `pcmFiles: ${two}: expected whole frames of 2 bytes, got an odd byte left over at the end`],
      ['missing.raw', 0, expect.stringMatching(/^pcmFiles: missing.raw: expected a file that can be read, got ENOENT/)],
    ])
  })

  it('says in which file and where a sample is none', async () => {
    const path = files.write('nan.f32', new Uint8Array(Float32Array.of(0, 0, Infinity).buffer))
    const [failed] = await endings(path, { rate: 8, format: 'f32le' })
    expect(failed?.error?.message).toBe(`pcmFiles: ${path}: expected samples between −2⁴⁰ and 2⁴⁰, got Infinity at sample 2, after 0.25 s`)
  })

  it('refuses bad options at once, and says what matches nothing', async () => {
    expect(() => pcmFiles(one, { rate: 0 })).toThrow('pcmFiles: rate must be an integer ≥ 1, got 0')
    expect(() => pcmFiles([], { rate: 8000 })).toThrow('pcmFiles: paths must be a path')
    const [unmatched] = await endings('none/*.raw', { rate: 8000 })
    expect([unmatched?.id, unmatched?.error?.message]).toEqual(['none/*.raw', 'pcmFiles: expected files that match "none/*.raw", got none'])
  })
})
