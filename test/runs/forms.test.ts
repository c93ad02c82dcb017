import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openVectors } from 'poolwise/node'
import { afterAll, expect, test } from 'vitest'
import { inside } from '../cli/inside.ts'
import { tree } from './tree.ts'
import { linkedWords, smallRun } from './wordCorpus.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolwise-forms-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)

linkedWords(at('in'), 5)
const run = (form: string, ...more: string[]) => inside(...smallRun(at('in'), at(form), '--format', form, ...more))

test('a collection of Arrow or of Kaldi holds the vectors of one of JSON Lines; threads give the same bytes', async () => {
  expect(await run('jsonl')).toMatchObject({ code: 0 })
  const lines = await openVectors(at('jsonl'))
  for (const form of ['arrows', 'ark']) {
    expect(await run(form)).toMatchObject({ code: 0 })
    const made = tree(at(form))
    rmSync(at(form), { recursive: true })
    expect(await run(form, '--engine', 'threads')).toMatchObject({ code: 0 })
    expect(tree(at(form))).toEqual(made)
    const { rows, matrix, pipeline } = await openVectors(at(form))
    expect([matrix, pipeline]).toEqual([lines.matrix, lines.pipeline])
    expect(rows.map(({ id }) => id)).toEqual(lines.rows.map(({ id }) => id))
  }
  expect(readdirSync(at('ark')).filter((name) => name.endsWith('.scp'))).toHaveLength(3)
  const [first] = readFileSync(at('ark/part-000001.scp'), 'utf8').split('\n')
  expect(first).toMatch(new RegExp(`^${lines.rows[2]!.id} ${at('ark')}/part-000001\\.ark:\\d+$`))
})
