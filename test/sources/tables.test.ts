import { join } from 'node:path'
import fc from 'fast-check'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { manifest } from 'poolwise/node'
import { textFiles, vectorsOf } from 'poolwise/text'
import { lastValueFrom, type Observable, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { openTexts, textPieces } from '../../src/sources/text/textFiles.ts'
import type { Sequence } from '../../src/streams/eachSequence.ts'
import { inside } from '../cli/inside.ts'
import { property } from '../property.ts'
import { tree } from '../runs/tree.ts'
import { ending, folder, s16, wavOf } from './recordings.ts'

const files = folder()
files.write('short.wav', wavOf(s16(Int16Array.from({ length: 8000 }, (_, i) => i)), { rate: 16000 }))
const vectors = vectorsOf('tiny', ['the', 'sea', 'rises'], new Float32Array(3))

let written = 0
/** The same table in each form, its columns all texts; null is an empty cell. */
function forms(columns: readonly string[], rows: readonly (readonly (string | null)[])[]): string[] {
  const name = `table-${written++}`
  const quoted = (cell: string | null) => (cell === null ? '' : `"${cell.replaceAll('"', '""')}"`)
  const csv = [columns, ...rows].map((cells) => cells.map(quoted).join(',')).join('\n')
  const jsonl = rows.map((cells) => `{${columns.map((column, i) => `${JSON.stringify(column)}:${JSON.stringify(cells[i])}`).join(',')}}`)
  const columnData = columns.map((column, i) => ({
    name: column,
    data: rows.map((cells) => cells[i]!),
    type: 'STRING' as const,
    nullable: true,
  }))
  return [
    files.write(`${name}.csv`, `${csv}\n`),
    files.write(`${name}.jsonl`, jsonl.join('\n')),
    files.write(`${name}.parquet`, new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: 3 }))),
  ]
}

async function told(source: Observable<Sequence>, path: string) {
  const sequences = await lastValueFrom(source.pipe(toArray()))
  return Promise.all(
    sequences.map(async ({ id, label, fields, frames }) => {
      const { length, error } = await ending(frames)
      // Lines of CSV are counted with its first, and cells span some.
      const plain = (text: string | undefined) => text?.replaceAll(path, 'TABLE').replaceAll(/TABLE:\d+|that of line \d+/g, 'TABLE:N')
      return [plain(id), label, fields && [...fields], length, plain(error?.message)]
    }),
  )
}

const word = fc.oneof(
  fc.constantFrom('__proto__', 'a,b', 'say "so"', 'two\nlines', '1', 'Ünï 🎵'),
  fc.string({ minLength: 1, unit: 'grapheme' }),
)
const others = fc.uniqueArray(
  word.filter((name) => !['id', 'path', 'start', 'end', 'label', 'text'].includes(name)),
  { maxLength: 3 },
)

describe('CSV, JSON Lines and Parquet say the same', () => {
  const path = fc.oneof({ weight: 4, arbitrary: fc.constant('short.wav') }, fc.constantFrom(null, 'nowhere.wav'))
  const time = fc.constantFrom(null, '0', '0.25', '0.5', 'soon')
  const recordings = others.chain((names) =>
    fc.tuple(
      fc.constant(names),
      fc.array(fc.tuple(fc.oneof(word, fc.constant(null)), path, time, time, fc.tuple(...names.map(() => word))), {
        minLength: 1,
        maxLength: 8,
      }),
    ),
  )
  property([recordings], { numRuns: 40 })(
    'of recordings, whose other columns go along; a bad row fails by itself',
    async ([names, rows]) => {
      const tables = forms(
        ['id', 'path', 'start', 'end', ...names],
        rows.map(([id, path, start, end, more]) => [id, path, start, end, ...more]),
      )
      const all = await Promise.all(tables.map((table) => told(manifest(table, { rate: 16000 }), table)))
      expect(all[0]).toHaveLength(rows.length)
      const seen = new Set<string>()
      for (const [i, [, , fields, length, error]] of all[0]!.entries()) {
        const [id, path, start, end, more] = rows[i]!
        const [from, to] = [Number(start ?? 0), Number(end ?? 0.5)]
        const own = id !== null && path !== null && from < (end === null ? Infinity : to) && !seen.has(id)
        if (own) seen.add(id)
        if (own && path === 'short.wav' && from < to) {
          expect([length, error]).toEqual([(to - from) * 16000, undefined])
          expect(fields ?? []).toEqual(names.map((name, k) => [name, JSON.stringify(more[k])]))
        } else expect(error).toMatch(/^manifest: TABLE:N: /)
      }
      expect(all[1]).toEqual(all[0])
      expect(all[2]).toEqual(all[0])
    },
  )

  const texts = others.chain((names) =>
    fc.tuple(
      fc.constant(names),
      fc.array(fc.tuple(word, fc.array(fc.constantFrom('the', 'sea', 'rises')), fc.tuple(...names.map(() => word))), {
        minLength: 1,
        maxLength: 8,
      }),
    ),
  )
  property([texts, fc.constantFrom('document', 'sentence')], { numRuns: 40 })('of texts', async ([names, rows], unit) => {
    const tables = forms(
      ['id', 'text', ...names],
      rows.map(([id, words, more]) => [id, words.join(' '), ...more]),
    )
    const all = await Promise.all(tables.map((table) => told(textFiles(table, { vectors, unit: unit as 'document' }), table)))
    expect(all[1]).toEqual(all[0])
    expect(all[2]).toEqual(all[0])
  })
})

describe('a Parquet table', () => {
  test('is cut at its row groups, and what these give is what it gives', async () => {
    const rows = Array.from({ length: 10 }, (_, i) => [`t${i}`, 'the sea', 'x'])
    const table = forms(['id', 'text', 'more'], rows)[2]!
    const pieces = await textPieces('textFiles', [table], { vectors })
    expect(pieces.map(({ group }) => group)).toEqual([0, 1, 2, 3])
    const whole = await told(textFiles(table, { vectors }), table)
    expect(await told(openTexts('textFiles', pieces, { vectors }), table)).toEqual(whole)
    expect(whole.map(([id]) => id)).toEqual(rows.map(([id]) => id))
  })

  test('without the column is refused by name, one that is damaged too, and neither ends the run', async () => {
    const good = forms(['id', 'text'], [['a', 'sea']])[2]!
    const other = forms(['id', 'texts'], [['b', 'sea']])[2]!
    const broken = files.write('broken.parquet', Buffer.from('PAR1 no such thing PAR1'))
    const all = await lastValueFrom(textFiles([broken, other, good], { vectors }).pipe(toArray()))
    const errors = await Promise.all(all.map(async ({ frames }) => (await ending(frames)).error?.message))
    expect(errors).toEqual([
      expect.stringContaining(`textFiles: expected ${broken} to be Parquet`),
      `textFiles: ${other}: expected a column "text" of texts, got "id", "texts"; did you mean "texts"?`,
      undefined,
    ])
  })
})

test('a manifest of Parquet goes through threads into a collection of the same bytes, columns and failures with it', async () => {
  const rows = Array.from({ length: 7 }, (_, i) => [`r${i}`, i === 2 ? null : i === 4 ? 'nowhere.wav' : 'short.wav', `speaker ${i}`])
  const table = forms(['id', 'path', 'speaker'], rows)[2]!
  const out = (name: string) => join(files.write(`${name}.txt`, ''), '..', `${name}/`)
  const run = (name: string, ...more: string[]) =>
    inside('audio', table, '--manifest', '--features', 'logMel', '--bands', '4', '--shard', '2', '--out', out(name), ...more)
  expect(await run('local')).toMatchObject({ code: 1, err: expect.stringContaining('expected a path, got none') })
  expect((await run('threads', '--engine', 'threads')).code).toBe(1)
  const made = tree(out('local'))
  expect(tree(out('threads'))).toEqual(made)
  const lines = [...made].filter(([name]) => name.startsWith('part-')).flatMap(([, text]) => text.trimEnd().split('\n'))
  expect(lines.filter((line) => line !== '').map((line) => JSON.parse(line).speaker)).toEqual([0, 1, 3, 5, 6].map((i) => `speaker ${i}`))
  expect(made.get('failures.jsonl')?.trimEnd().split('\n')).toHaveLength(2)
})
