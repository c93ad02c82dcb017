// A run with --watch that is killed while its inputs grow: what is there is right at every instant, and the same command goes on.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { draw } from '../../src/core/draw.ts'
import { inside } from '../cli/inside.ts'
import { held, placed, until, watching } from '../runs/growing.ts'
import { smallRun, words } from '../runs/wordCorpus.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolwise-watch-'))
const at = (name: string) => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const kills = 12

test.each(['local', 'threads'])(
  'killed at any instant, with --engine %s, it loses nothing and has nothing twice',
  { timeout: 900_000 },
  async (engine) => {
    const input = at(`in-${engine}`)
    mkdirSync(input)
    const args = (out: string) => smallRun(input, at(out), '--engine', engine)
    const out = at(engine)
    const parts = () =>
      new Map(
        readdirSync(out)
          .filter((name) => name.startsWith('part-'))
          .map((name) => [name, statSync(join(out, name)).mtimeMs]),
      )
    let count = 0
    const more = () => {
      // Names go down, so that each comes before all that are done.
      const path = join(input, `${String(1000 - count).padStart(4, '0')}.wav`)
      if (count % 7 === 3) writeFileSync(path, readFileSync(words[0]!).subarray(0, 100))
      else placed(words[count % words.length]!, path)
      count++
    }
    const told = () => (existsSync(join(out, 'collection.json')) ? readFileSync(join(out, 'collection.json'), 'utf8') : undefined)
    const seen: string[][] = []
    let done: ReadonlyMap<string, number> = new Map()
    for (let i = 0; i < kills; i++) {
      const run = watching(...args(engine))
      for (let k = 0; k < 3; k++) more()
      // Some come to a whole collection before.
      await pause(500 + 4500 * draw(7, i, 0))
      run.child.kill('SIGKILL')
      await run.ended
      if (told() === undefined) continue
      const { parts: whole } = JSON.parse(told()!) as { parts: { files: object }[] }
      const names = whole.flatMap(({ files }) => Object.keys(files))
      const now = parts()
      for (const [name, time] of done) expect([name, now.get(name)]).toEqual([name, time])
      done = new Map(names.map((name) => [name, now.get(name)!]))
      seen.push(await held(out))
    }
    expect(seen.length).toBeGreaterThan(2)
    const last = watching(...args(engine))
    const bad = Array.from({ length: count }, (_, i) => i).filter((i) => i % 7 === 3).length
    await until(async () => (await held(out)).length === count - bad, 'all vectors')
    await until(() => last.said().endsWith('until Ctrl-C\n'), 'word of it')
    last.child.kill('SIGINT')
    expect(await last.ended).toBe(1)
    const found = await held(out)
    for (const [name, time] of done) expect([name, parts().get(name)]).toEqual([name, time])
    const lines = (name: string) =>
      readFileSync(join(at(name), 'failures.jsonl'), 'utf8')
        .split('\n')
        .sort()
    await inside(...args(`${engine}-fresh`))
    expect(found).toEqual(await held(at(`${engine}-fresh`)))
    expect(lines(engine)).toEqual(lines(`${engine}-fresh`))
    for (const some of seen) {
      expect(new Set(some).size).toBe(some.length)
      expect(some.filter((line) => !found.includes(line))).toEqual([])
    }
  },
)
