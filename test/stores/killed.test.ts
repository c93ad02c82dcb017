// Runs into databases that are killed: no half batch is ever there, and the same command again makes the table of an undisturbed run.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { draw } from '../../src/core/draw.ts'
import { openVectors } from '../../src/sources/collections/openVectors.ts'
import { command, env } from '../cli/outside.ts'
import { startPostgres } from './postgres.ts'

const [batch, lines, kills] = [4096, 10_000, 5]
let folder: string
let postgres: Awaited<ReturnType<typeof startPostgres>>
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'poolwise-killed-'))
  postgres = await startPostgres()
  const words = ['sea', 'bread', 'light', 'stone', 'house', 'garden', 'cold', 'window', 'water', 'yellow']
  const sentence = (i: number) => Array.from({ length: 4 }, (_, k) => words[Math.floor(i / 10 ** k) % 10]).join(' ')
  writeFileSync(join(folder, 'lines.txt'), Array.from({ length: lines }, (_, i) => sentence(i)).join('\n'))
}, 120_000)
afterAll(async () => {
  await postgres?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Writes the lines to a table, and is killed after so many milliseconds: its exit code, null where it was killed. */
function run(address: string, killed?: number): Promise<{ code: number | null; took: number }> {
  const [node, main] = command
  const began = performance.now()
  const child = spawn(node, [main, 'text', join(folder, 'lines.txt'), '--by', 'line', '--pool', 'mean', '--out', address], {
    env,
    stdio: 'ignore',
  })
  const timer = killed === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killed)
  return new Promise((resolve) =>
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code, took: performance.now() - began })
    }),
  )
}

async function contents(address: string) {
  const { rows, matrix, names, pipeline } = await openVectors(address)
  return { rows, matrix: Buffer.from(matrix.buffer, matrix.byteOffset, matrix.byteLength).toString('base64'), names, pipeline }
}

const stores: [kind: string, address: (table: string) => string][] = [
  ['lancedb', (table) => `lancedb://${join(folder, 'lance')}#${table}`],
  ['postgres', (table) => `${postgres.url}#${table}`],
  ['sqlite', (table) => `sqlite:${join(folder, 'killed.db')}#${table}`],
]

test.each(stores)('%s', async (kind, address) => {
  const { code, took } = await run(address('undisturbed'))
  expect(code).toBe(0)
  const expected = await contents(address('undisturbed'))
  expect(expected.rows.length).toBe(lines)
  const seed = Number(process.env.POOLWISE_SEED ?? Date.now())
  const left: number[] = []
  let shortest = took
  for (let i = 0; i < kills; i++) {
    const table = address(`killed${i}`)
    await run(table, shortest * (0.5 + 0.5 * draw(seed, i, 0)))
    const there = await openVectors(table).catch((error: Error) => error)
    // Where it was killed before its first batch there is no table.
    if (there instanceof Error) expect(there.message).toMatch(/got none at/)
    else expect([0, batch, 2 * batch, lines]).toContain(there.rows.length)
    left.push(there instanceof Error ? 0 : there.rows.length)
    const again = await run(table)
    expect(again.code).toBe(0)
    shortest = Math.min(shortest, again.took)
    expect(await contents(table)).toEqual(expected)
  }
  console.log(`${kind}: killed ${kills} times (seed ${seed}), rows there were ${left.join(', ')} of ${lines}`)
})
