// One minute of speech and a whole text give the same file whatever blocks they came in, and whether or not the work was interrupted.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  blocks,
  chain,
  type Frames,
  frames,
  globalPool,
  logMel,
  type Machine,
  type Pooled,
  pool1d,
  pool2d,
  pyramidPool,
  type Sequence,
  type Stage,
  signal,
  toVectors,
} from 'poolwise'
import { audioFiles, toNpy } from 'poolwise/node'
import { firstValueFrom, from, lastValueFrom, map, type Observable, of, toArray } from 'rxjs'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'poolwise-blocks-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const stages: [string, Stage][] = [
  ['log-mel, 2-D max, pyramid', chain(logMel(), pool2d('max', { size: [2, 4] }), pyramidPool(['mean', 'std', 'max']))],
  ['log-mel, sliding statistics', chain(logMel({ bands: 40 }), pool1d('stats', { size: '1s', stride: '100ms' }))],
]

async function minute(): Promise<Frames> {
  const sequence: Sequence = await firstValueFrom(audioFiles('samples/audio/minute.wav'))
  const parts = await lastValueFrom(sequence.frames.pipe(toArray()))
  const samples = Float32Array.from(parts.flatMap(({ data }) => [...data]))
  expect(samples.length).toBe(60 * 16000)
  return signal(samples, { rate: 16000 })
}

/** The bytes of the NPY file that the vectors make. */
async function written(pooled: Observable<Frames>): Promise<Buffer> {
  const path = join(folder, 'vectors.npy')
  const vectors$ = pooled.pipe(
    map((block): Pooled => ({ id: 'minute', frames: block })),
    toVectors(),
  )
  await lastValueFrom(vectors$.pipe(toNpy(path)))
  return readFileSync(path)
}

/** Runs a stage by hand in blocks, and half way saves, throws the machine away and goes on with another. */
function interrupted(stage: Stage, input: Frames, size: number): Frames[] {
  const { length: _, ...layout } = input.layout
  const plan = stage.plan(layout)
  let machine: Machine = plan.open()
  const out: (Frames | undefined)[] = []
  const parts = [...blocks(input, size)]
  for (const [i, part] of parts.entries()) {
    if (i === Math.floor(parts.length / 2)) machine = plan.open(structuredClone(machine.save()))
    out.push(machine.push(part))
  }
  return [...out, machine.close()].filter((block) => block !== undefined)
}

test.each(stages)('a minute of speech through %s', async (_, stage) => {
  const input = await minute()
  const whole = await written(of(...interrupted(stage, input, input.length)))
  expect(whole.length).toBeGreaterThan(128)
  for (const size of [1, 7, 160, 4096, input.length]) {
    const machine = stage.plan(input.layout).open()
    const out = [...blocks(input, size)].map((part) => machine.push(part))
    expect((await written(from([...out, machine.close()].filter((block) => block !== undefined)))).equals(whole), `blocks of ${size}`).toBe(
      true,
    )
  }
  for (const size of [7, 160, 4096])
    expect((await written(of(...interrupted(stage, input, size)))).equals(whole), `interrupted, ${size}`).toBe(true)
})

test('tokens', async () => {
  const input = frames(
    Float32Array.from({ length: 5000 * 100 }, (_, i) => Math.sin(i * i)),
    { bins: 100, weights: Array.from({ length: 5000 }, (_, i) => (i % 5 === 0 ? 0 : 1 / (1 + (i % 7)))) },
  )
  for (const stage of [globalPool(['mean', 'max', 'std']), pool1d('softPool', { size: 200, stride: 10 })]) {
    const whole = await written(of(...interrupted(stage, input, input.length)))
    for (const size of [1, 7, 160, 4096])
      expect((await written(of(...interrupted(stage, input, size)))).equals(whole), `blocks of ${size}`).toBe(true)
  }
})
