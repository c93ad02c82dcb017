import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { firstValueFrom, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { DataError } from '../../../src/core/check.ts'
import { audioFiles } from '../../../src/sources/audio/audioFiles.ts'
import { manifest } from '../../../src/sources/audio/manifest.ts'
import type { Sequence } from '../../../src/streams/eachSequence.ts'
import { ending, folder, s16, samples, wavOf, whole } from '../recordings.ts'

const files = folder()
// 8 kHz, each sample its own index.
const counted = files.write('counted.wav', wavOf(s16(Int16Array.from({ length: 24000 }, (_, i) => i)), { rate: 8000 }))

let lists = 0
function list(text: string | Uint8Array): string {
  return files.write(`list-${lists++}.csv`, text)
}

function sequences(path: string, options = {}): Promise<Sequence[]> {
  return firstValueFrom(manifest(path, options).pipe(toArray()))
}

describe('manifest', () => {
  it('gives one sequence a row, with its id and its label, its path taken from the manifest', async () => {
    const found = await sequences(`${samples}/manifest.csv`)
    expect(found.map(({ id, label }) => [id, label])).toEqual([
      ['ferry-1', 'v1'],
      ['ferry-2', 'v4'],
      ['ferry-3', 'v5'],
      ['ferry-4', 'v1'],
      ['ferry-5', 'v5'],
      ['umbrella', 'v4'],
      ['breakfast-first-part', 'v1'],
      ['telephone-last-part', 'v5'],
    ])
    const lengths = await Promise.all(found.map(async ({ frames }) => (await whole(frames)).length))
    const umbrella = (readFileSync(`${samples}/words/umbrella-v4.wav`).length - 44) / 2
    expect(lengths).toEqual([160000, 160000, 160000, 80000, 120000, umbrella, 4480, 5600])
  })

  it('cuts at the samples of start and end', async () => {
    const path = list('id,path,start,end\na,counted.wav,0.5,2.25\nb,counted.wav,2.5,\nc,counted.wav,,1\n__proto__,counted.wav,,\n')
    const found = await sequences(path, { rate: 8000 })
    expect(found.map(({ id, label }) => [id, label])).toEqual([
      ['a', undefined],
      ['b', undefined],
      ['c', undefined],
      ['__proto__', undefined],
    ])
    const blocks = await Promise.all(found.map(({ frames }) => whole(frames)))
    expect(blocks.map(({ data }) => [data[0]! * 32768, data.at(-1)! * 32768])).toEqual([
      [4000, 17999],
      [20000, 23999],
      [0, 7999],
      [0, 23999],
    ])
    expect(blocks.map(({ start, length, layout }) => [start, length, layout.length])).toEqual([
      [0, 14000, 14000],
      [0, 4000, 4000],
      [0, 8000, 8000],
      [0, 24000, 24000],
    ])
  })

  it('gives of a piece what a file with the piece alone gives, resampled too', async () => {
    const alone = files.write('alone.wav', wavOf(s16(Int16Array.from({ length: 4000 }, (_, i) => i + 4000)), { rate: 8000 }))
    const [piece] = await sequences(list('path,id,start,end\ncounted.wav,a,0.5,1\n'))
    const file = await firstValueFrom(audioFiles(alone))
    expect((await whole(piece!.frames)).data).toEqual((await whole(file.frames)).data)
  })

  it('reads no further than the end of the piece', async () => {
    // The file promises more than there is, but not before the end of the piece.
    files.write('short.wav', wavOf(s16(new Int16Array(8000)), { rate: 8000, dataSize: 32000 }))
    const found = await sequences(list('id,path,start,end\na,short.wav,0,0.9\nb,short.wav,0,1.5\n'))
    const [a, b] = await Promise.all(found.map(({ frames }) => ending(frames)))
    expect(a).toMatchObject({ length: 14400, error: undefined })
    expect(b?.error?.message).toContain('expected 16000 samples, as its header promises, got 8000')
  })

  it.each([
    ['0,4', 'expected counted.wav to last longer than 4 s, got 3 s', 24000],
    ['4,', 'expected counted.wav to last longer than 4 s, got 3 s', 0],
    ['3,', 'expected counted.wav to last longer than 3 s, got 3 s', 0],
    ['3.5,4', 'expected counted.wav to last longer than 4 s, got 3 s', 0],
  ])('says where the file ends before the piece %s', async (times, message, length) => {
    const path = list(`id,path,start,end\na,counted.wav,${times}\n`)
    const [piece] = await sequences(path, { rate: 8000 })
    const end = await ending(piece!.frames)
    expect(end.error).toBeInstanceOf(DataError)
    expect(end.error?.message).toBe(`manifest: ${path}:2: ${message}`)
    expect(end.length).toBe(length)
  })

  it('names the line of a file that is missing, and goes on', async () => {
    const path = list('id,path\nfirst,nowhere.wav\nsecond,counted.wav\n')
    const [first, second] = await sequences(path)
    expect((await ending(first!.frames)).error?.message).toMatch(
      `manifest: ${path}:2: nowhere.wav: expected a file that can be read, got ENOENT`,
    )
    expect((await ending(second!.frames)).error).toBeUndefined()
  })

  it.each([
    ['id,path,path\na,b.wav,1\n', ':1: expected every column once, got "path" twice'],
    ['path\nb.wav\n', ':1: expected a column "id" of ids, got "path"'],
    ['id,paths\na,b.wav\n', ':1: expected a column "path" of paths, got "id", "paths"; did you mean "paths"?'],
    ['id,path\n"a,b.wav\n', ':2: expected CSV, got Quote Not Closed: the parsing is finished with an opening quote at line 2'],
  ])('says what is wrong with the table %j', async (text, message) => {
    const path = list(text)
    await expect(sequences(path)).rejects.toThrow(new DataError(`manifest: ${path}${message}`, { sequence: path }))
  })

  it.each([
    ['id,path\n,b.wav\n', 2, 'expected an id, got none'],
    ['id,path\na,b.wav\n\nb,\n', 4, 'expected a path, got none'],
    ['id,path\na,b.wav\na,c.wav\n', 3, 'expected an id of its own, got "a", which is that of line 2'],
    ['id,path,start\na,b.wav,1:30\n', 2, 'expected start in seconds, got "1:30"'],
    ['id,path,start\na,b.wav,-1\n', 2, 'expected start in seconds, got "-1"'],
    ['id,path,start,end\na,b.wav,2,2\n', 2, 'expected an end after the start at 2 s, got 2 s'],
    ['id,path\na,b.wav,1\n', 2, 'expected 2 cells, as in the first line, got 3'],
    [Uint8Array.of(...new TextEncoder().encode('id,path\ncaf'), 0xe9, 0x2c, 0x62), 2, 'expected UTF-8 text, got 0xe9 at byte 4 of "id"'],
  ])('says what is wrong with a row of %j, and goes on', async (text, line, message) => {
    const path = list(
      Buffer.concat([
        Buffer.from(text),
        Buffer.from('\nlast,counted.wav'),
        Buffer.from(`${text}`.includes('start') ? ',1' : ''),
        Buffer.from(`${text}`.includes('end') ? ',2' : ''),
      ]),
    )
    const found = await sequences(path)
    const ends = await Promise.all(found.map(({ frames }) => ending(frames)))
    const wrong = found.findIndex(({ id }) => id === `${path}:${line}`)
    expect(ends[wrong]?.error).toEqual(new DataError(`manifest: ${path}:${line}: ${message}`, { sequence: `${path}:${line}` }))
    expect([found.at(-1)!.id, ends.at(-1)!.error]).toEqual(['last', undefined])
  })

  it('says that there is no manifest', async () => {
    await expect(sequences('nowhere.csv')).rejects.toThrow(/^manifest: expected a file that can be read, got ENOENT.*nowhere\.csv/)
  })

  it('reads a byte order mark, quotes, and folders', async () => {
    mkdirSync(join(dirname(counted), 'a, b'))
    writeFileSync(join(dirname(counted), 'a, b', 'c.wav'), wavOf(s16([1])))
    const [row] = await sequences(list('\uFEFFid,path\r\n"x ""y""","a, b/c.wav"\r\n'))
    expect(row!.id).toBe('x "y"')
    expect((await whole(row!.frames)).length).toBe(1)
  })

  it.each<[unknown, object, string]>([
    ['', {}, 'manifest: path must be the path of a table, got ""'],
    ['a.csv', { rate: 0.5 }, 'manifest: rate must be an integer ≥ 1, got 0.5'],
    ['a.csv', { rates: 1 }, 'manifest: unknown option "rates"; did you mean "rate"?'],
  ])('refuses %j with %j', (path, options, message) => {
    expect(() => manifest(path as string, options)).toThrow(message)
  })
})
