import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import type { Sequence } from 'poolwise'
import { csv, jsonl, textFiles, vectorsOf } from 'poolwise/text'
import { lastValueFrom, type Observable, take, toArray } from 'rxjs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { membersOf } from '../../../src/sources/tables/members.ts'
import { mayHoldRecords } from '../../../src/sources/text/textFiles.ts'
import { property } from '../../property.ts'

const vectors = vectorsOf('tiny', ['the', 'sea', 'rises', 'id', 'text'], new Float32Array(5))

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'poolwise-records-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

async function* bytes(...chunks: (string | Uint8Array)[]) {
  for (const chunk of chunks) yield typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk
}

/** Of each sequence its id, label, fields, and ids of tokens or the message of its error. */
async function told(source: Observable<Sequence>) {
  const sequences = await lastValueFrom(source.pipe(toArray()))
  return Promise.all(
    sequences.map(async ({ id, label, fields, frames }) => {
      const found = await lastValueFrom(frames.pipe(toArray())).then(
        (blocks) => blocks.flatMap(({ data }) => [...data]),
        (error: Error) => error.message,
      )
      return [id, label, fields && Object.fromEntries(fields), found]
    }),
  )
}

const ids = async (source: Observable<Sequence>) => (await told(source)).map(([id]) => id)

describe('numbers of JSON', () => {
  test('as ids and labels keep their digits where one of ours would round them', async () => {
    const kept = ['9007199254740993', '12345678901234567890', '-9007199254740993', '1e400', '0.1234567890123456789', '1.10', '7']
    const given = [...kept, '1.0', '-0', '"9007199254740993"']
    const lines = given.map((id) => `{"text":"sea","id" : ${id} ,"kind":${id}}`).join('\n')
    const wanted = [...kept, '1', '0', '9007199254740993']
    const all = await told(jsonl(bytes(lines), { vectors, labelField: 'kind' }))
    expect(all.map(([id]) => id)).toEqual(wanted)
    expect(all.map(([, label]) => label)).toEqual(wanted)
    expect((await told(jsonl(bytes(lines), { vectors, labelField: 'id' }))).map(([, label]) => label)).toEqual(wanted)
  })

  test('are those of the field itself: of nested ones, escaped and equal names', async () => {
    const line = String.raw`{"a":{"id":1,"x":["}",{"id":2}]},"id":5,"s":"\"id\":6,\\","\u0069d":9007199254740993,"text":"sea"}`
    expect(await told(jsonl(bytes(line), { vectors }))).toEqual([
      ['9007199254740993', undefined, { a: '{"id":1,"x":["}",{"id":2}]}', s: String.raw`"\"id\":6,\\"` }, [1]],
    ])
  })

  property([fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue(), { maxKeys: 6 }), fc.constantFrom(undefined, 1, '\t')])(
    'and all else stand in the members as they are written',
    (record, space) => {
      const members = membersOf(JSON.stringify(record, null, space))
      expect([...members].map(([name, json]) => [name, JSON.parse(json)])).toEqual(Object.entries(JSON.parse(JSON.stringify(record))))
    },
  )
})

describe('records', () => {
  test('carry their other fields', async () => {
    const line = '{"id":"a","text":"sea","lang":"de","score":1.0,"user":9007199254740993,"none":null,"__proto__":[1]}'
    const [sequence] = await lastValueFrom(jsonl(bytes(line), { vectors }).pipe(toArray()))
    expect([...sequence!.fields!]).toEqual([
      ['lang', '"de"'],
      ['score', '1.0'],
      ['user', '9007199254740993'],
      ['none', 'null'],
      ['__proto__', '[1]'],
    ])
  })

  test('are cut into lines and sentences where wanted, each with the label and the fields', async () => {
    const line = '{"id":"a","text":"The sea. The sea\\nrises.","lang":"en","kind":"k"}'
    expect(await told(jsonl(bytes(line), { vectors, unit: 'sentence', labelField: 'kind' }))).toEqual([
      ['a:1.1', 'k', { lang: '"en"' }, [0, 1, -1]],
      ['a:1.2', 'k', { lang: '"en"' }, [0, 1, -1, 2, -1]],
    ])
  })
})

describe('csv', () => {
  test('reads a sequence a row, cells over lines, blank lines and all, with the other columns', async () => {
    const table = '\ufeffid,text,lang,kind\r\n1,"The ""sea""\r\nrises",en,k\r\n\r\n   \r\n,sea,,\r\n'
    const all = [
      ['1', 'k', { lang: '"en"' }, [0, -1, 1, -1, -1, 2]],
      ['stdin:6', undefined, { lang: '""' }, [1]],
    ]
    expect(await told(csv(bytes(table), { vectors, labelField: 'kind' }))).toEqual(all)
    for (let size = 1; size < 8; size++) {
      const parts = new TextEncoder().encode(table)
      const chunks = Array.from({ length: Math.ceil(parts.length / size) }, (_, i) => parts.subarray(i * size, (i + 1) * size))
      expect(await told(csv(bytes(...chunks), { vectors, labelField: 'kind' }))).toEqual(all)
    }
  })

  test.each([
    ['comma', 'id,text\n1,"sea;\tsea"\n'],
    ['semicolon', 'id;text\n1;sea, sea\n'],
    ['tab', '"a,b,c"\tid\ttext\n\t1\tsea, sea\n'],
    ['one column', 'text\n"sea, sea"\n'],
    ['line ends of one kind after the other', 'id,text\n1,sea sea\r\n2,sea sea\r3,sea sea'],
  ])('divides columns by what the first line has: %s', async (_, table) => {
    const all = await told(csv(bytes(table), { vectors }))
    expect(all.length).toBeGreaterThan(0)
    for (const [, , , found] of all) expect((found as number[]).filter((id) => id >= 0)).toEqual([1, 1])
  })

  test('tells of a row by file and line, and goes on', async () => {
    const path = write(
      'a.csv',
      Buffer.concat([
        Buffer.from('id,text\n1,sea\n2\n3,sea,sea\n4,"two\nlines \u00e9'),
        Buffer.from([0xff]),
        Buffer.from('"\n5,5" disk\n'),
      ]),
    )
    expect(await told(csv(path, { vectors }))).toEqual([
      ['1', undefined, undefined, [1]],
      [`${path}:3`, undefined, undefined, `csv: ${path}:3: expected 2 cells, as in the first line, got 1`],
      [`${path}:4`, undefined, undefined, `csv: ${path}:4: expected 2 cells, as in the first line, got 3`],
      [`${path}:5`, undefined, undefined, `csv: ${path}:5: expected UTF-8 text, got 0xff at byte 13 of "text"`],
      ['5', undefined, undefined, [-1, -1, -1]],
    ])
  })

  test.each([
    ['id,body,Texts\n1,sea,sea\n', '1: expected a column "text" of texts, got "id", "body", "Texts"; did you mean "Texts"?'],
    ['id,text,id\n', '1: expected every column once, got "id" twice'],
    ['id,text\n1,sea\n2,"sea\n3,sea\n', '3: expected CSV, got Quote Not Closed'],
  ])('ends in an error where it cannot go on: %j', async (table, message) => {
    const path = write('b.csv', table)
    await expect(lastValueFrom(csv(path, { vectors }).pipe(toArray()))).rejects.toThrow(`csv: ${path}:${message}`)
    const [...all] = await told(textFiles(path, { vectors }))
    expect(all.at(-1)).toEqual([path, undefined, undefined, expect.stringContaining(`textFiles: ${path}:${message}`)])
  })

  test('ends in an error without the column of ids that is named', async () => {
    const path = write('named.csv', 'nr,text\n1,sea\n')
    await expect(lastValueFrom(csv(path, { vectors, idField: 'nrr' }).pipe(toArray()))).rejects.toThrow(
      `csv: ${path}:1: expected a column "nrr" of ids, got "nr", "text"; did you mean "nr"?`,
    )
  })

  test('of nothing gives nothing; options are checked at once', async () => {
    expect(await told(csv(bytes(''), { vectors }))).toEqual([])
    expect(await told(csv(bytes('id,text\n'), { vectors }))).toEqual([])
    expect(() => csv('')).toThrow('csv: source must be a path or a stream of bytes, got ""')
    expect(() => csv('x', { unit: 'word' as 'line' })).toThrow('csv: unit must be one of document, line, sentence')
  })

  test('reads no further than it is asked to', async () => {
    let chunks = 0
    async function* endless() {
      yield new TextEncoder().encode('id,text\n')
      for (;;) {
        chunks++
        yield new TextEncoder().encode('1,sea\n'.repeat(1000))
      }
    }
    expect(await ids(csv(endless(), { vectors }).pipe(take(5)))).toEqual(['1', '1', '1', '1', '1'])
    expect(chunks).toBeLessThan(60)
  })
})

describe('textFiles', () => {
  test.each([
    ['a.jsonl', '{"id":"r","text":"sea"}\n'],
    ['a.NDJSON', '{"id":"r","text":"sea"}\n'],
    ['a.csv', 'id,text\nr,sea\n'],
    ['a.TSV', 'id\ttext\nr\tsea\n'],
  ])('goes by the ending: %s', async (name, content) => {
    const path = write(name, content)
    const prose = write('b.txt', 'sea')
    expect(await told(textFiles([join(folder, 'a.*'), prose], { vectors }))).toEqual([
      ['r', undefined, undefined, [1]],
      [prose, undefined, undefined, [1]],
    ])
    expect(mayHoldRecords(path)).toBe(true)
  })

  test('refuses .json, which is no prose', async () => {
    const path = write('a.json', '[]')
    expect(await told(textFiles(path, { vectors }))).toEqual([
      [path, undefined, undefined, `textFiles: expected prose, CSV, Parquet or JSON Lines, got ${path}; jsonl reads one object a line`],
    ])
  })

  test('knows of a pattern whether it may mean records', () => {
    expect(['x/*', '*.{txt,csv}', 'x.c*', '*.jsonl', 'x.csv'].map(mayHoldRecords)).toEqual([true, true, true, true, true])
    expect(['x/*.txt', 'README', 'notes[1].txt', 'x/'].map(mayHoldRecords)).toEqual([false, false, false, false])
  })
})
