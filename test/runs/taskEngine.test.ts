import fc from 'fast-check'
import { of, throwError } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { DataError } from '../../src/core/check.ts'
import type { Loaded } from '../../src/pipeline/pipeline.ts'
import { pipelineFrom } from '../../src/pipeline/pipeline.ts'
import { mapTask } from '../../src/runs/mapTask.ts'
import { type Mapped, merged, type Task } from '../../src/runs/taskEngine.ts'
import type { Sequence } from '../../src/streams/eachSequence.ts'

const task = (i: number): Task => ({ pieces: [{ file: `${i}` }] })
const mapped = (heard: number): Mapped => ({ vectors: 0, failures: [], items: [], names: [], notes: [], heard })

describe('merged', () => {
  test('gives what came of tasks in their order, however long each takes; no more at once than the engine is wide, and not far ahead', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(5), { maxLength: 40 }), fc.integer({ min: 1, max: 4 }), async (times, width) => {
        let [running, most, begun, taken, furthest] = [0, 0, 0, 0, 0]
        const engine = {
          width,
          async map({ pieces: [piece] }: Task) {
            const i = Number(piece!.file)
            most = Math.max(most, ++running)
            furthest = Math.max(furthest, ++begun - taken)
            for (let k = 0; k < times[i]!; k++) await Promise.resolve()
            running--
            return mapped(i)
          },
          close() {},
        }
        const all: number[] = []
        for await (const { heard } of merged(
          engine,
          times.map((_, i) => task(i)),
        )) {
          taken++
          all.push(heard)
        }
        expect(all).toEqual(times.map((_, i) => i))
        expect(most).toBeLessThanOrEqual(width)
        expect(furthest).toBeLessThanOrEqual(4 * width + 1)
      }),
    )
  })

  test('begins no other once it is stopped, and tells those that were begun', async () => {
    const stop = new AbortController()
    const begun: string[] = []
    const engine = {
      width: 2,
      async map({ pieces: [piece] }: Task) {
        begun.push(piece!.file)
        if (piece!.file === '3') stop.abort()
        return mapped(Number(piece!.file))
      },
      close() {},
    }
    const all: number[] = []
    for await (const { heard } of merged(
      engine,
      Array.from({ length: 9 }, (_, i) => task(i)),
      stop.signal,
    ))
      all.push(heard)
    expect(begun).toEqual(['0', '1', '2', '3'])
    expect(all).toEqual([0, 1, 2, 3])
  })

  test('an error is thrown in its turn', async () => {
    const engine = {
      width: 3,
      map: async ({ pieces: [piece] }: Task) => {
        if (piece!.file === '1') throw new Error('no room')
        return mapped(Number(piece!.file))
      },
      close() {},
    }
    const all = merged(engine, [task(0), task(1), task(2)])
    expect((await all.next()).value).toMatchObject({ heard: 0 })
    await expect(all.next()).rejects.toThrow('no room')
  })
})

/** A pipeline whose only input fails so many times. */
async function failing(times: number, error: () => Error): Promise<{ loaded: Loaded; opened: () => number }> {
  const { stages, source } = await pipelineFrom({
    source: { source: 'audioFiles' },
    stages: [{ stage: 'globalPool', pooling: 'mean' }],
  }).load()
  const good = source.openPieces([{ file: 'samples/audio/words/bat-v1.wav' }])
  let opened = 0
  const openPieces = () => (opened++ < times ? of<Sequence>({ id: 'bat', frames: throwError(error) }) : good)
  return { loaded: { stages, source: { ...source, openPieces }, files: [] }, opened: () => opened }
}

const system = (code: string) =>
  new DataError('expected a file that can be read', { cause: Object.assign(new Error(code), { code, errno: -24, syscall: 'open' }) })

describe('mapTask', () => {
  test('tries again what the system refuses for a while, and gives the rest once', async () => {
    const { loaded, opened } = await failing(2, () => system('EMFILE'))
    const { vectors, failures, items } = await mapTask(loaded, task(0))
    expect([vectors, failures, items.length, opened()]).toEqual([1, [], 1, 3])
  })

  test('three times and no more; the next run may try again', async () => {
    const { loaded, opened } = await failing(9, () => system('EIO'))
    const { failures } = await mapTask(loaded, task(0))
    expect([failures, opened()]).toEqual([[{ id: 'bat', error: 'expected a file that can be read', passing: true }], 3])
  })

  test.each([
    ['damage', () => new DataError('expected a whole file'), undefined],
    ['an error of a decoder that has a code', () => Object.assign(new Error('odd'), { code: 'EIO' }), undefined],
    ['a file that is not there', () => system('ENOENT'), true],
  ])('%s is told at once', async (_, error, passing) => {
    const { loaded, opened } = await failing(9, error)
    const { failures } = await mapTask(loaded, task(0))
    expect([failures.length, failures[0]!.passing, opened()]).toEqual([1, passing, 1])
  })
})
