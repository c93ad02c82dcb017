import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadVectors } from '../../src/text.ts'
import { type Bytes, damaged, joined } from './bytewise.ts'
import type { Draws } from './draws.ts'
import { must } from './judge.ts'
import type { Target } from './target.ts'

interface Table {
  readonly words: readonly string[]
  readonly dimensions: number
  readonly matrix: Float32Array
}

/** Words, none of them a number, and finite numbers. */
function tableOf(draws: Draws): Table {
  const dimensions = draws.between(1, 6)
  const count = draws.between(1, 6)
  const words = draws.list(count, (i) => `${draws.pick(['sea', 'naïve', '😀', 'a"b', 'x\\y', "don't", '</s>', 'e5'])}${'_'.repeat(i + 1)}`)
  const number = () =>
    draws.pick([() => draws.level(), () => draws.below(9) - 4, () => draws.level() * 1e-30, () => draws.level() * 1e20])()
  return { words, dimensions, matrix: Float32Array.from({ length: count * dimensions }, number) }
}

const utf8 = (text: string) => new TextEncoder().encode(text)
const rowsOf = ({ words, dimensions, matrix }: Table) =>
  words.map((word, i) => [word, matrix.subarray(i * dimensions, (i + 1) * dimensions)] as const)

const writers: { readonly [name: string]: { readonly ending: string; write(table: Table, draws: Draws): Bytes } } = {
  glove: {
    ending: 'txt',
    write: (table) =>
      utf8(
        rowsOf(table)
          .map(([word, row]) => `${word} ${row.join(' ')}\n`)
          .join(''),
      ),
  },
  word2vec: {
    ending: 'vec',
    write: (table, draws) => {
      const rows = rowsOf(table).map(([word, row]) => `${word} ${row.join(' ')}${draws.pick(['', ' '])}\n`)
      return utf8(`${table.words.length} ${table.dimensions}\n${rows.join('')}`)
    },
  },
  'word2vec-bin': {
    ending: 'bin',
    write: (table, draws) => {
      const end = draws.pick(['', '\n'])
      const rows = rowsOf(table).flatMap(([word, row]) => [utf8(`${word} `), new Uint8Array(row.slice().buffer), utf8(end)])
      return joined(utf8(`${table.words.length} ${table.dimensions}\n`), ...rows)
    },
  },
  wink: {
    ending: 'json',
    write: (table, draws) => {
      const vectors = Object.fromEntries(rowsOf(table).map(([word, row], i) => [word, [...row, ...draws.list(0, () => 0), i]]))
      const head = { size: table.words.length, dimensions: table.dimensions, wordIndex: table.dimensions, more: { a: ['}', '"'] } }
      return utf8(JSON.stringify({ ...head, vectors }, null, draws.pick([0, 1])))
    },
  },
}

/** Written as programs write them vectors are read to the bit; damaged, they are refused, or what is read is whole and finite. */
export const vectorTargets: readonly Target[] = Object.entries(writers).map(([name, { ending, write }]) => ({
  name,
  says: /^loadVectors: /,
  open:
    ({ folder }) =>
    async (draws, note) => {
      const table = tableOf(draws)
      const bytes = write(table, draws)
      const broken = draws.chance(0.8)
      const input = broken ? damaged(bytes, draws) : bytes
      note(`${table.words.length} words of ${table.dimensions}${broken ? ', damaged' : ''}`)
      // What was loaded is kept by path, size and time.
      const path = join(folder, `${draws.seed.replaceAll(/\W/g, '-')}.${ending}`)
      writeFileSync(path, input)
      try {
        const { words: count, dimensions, matrix, wordAt } = await loadVectors(path, { cache: false })
        const words = Array.from({ length: count }, (_, row) => wordAt(row))
        must(matrix.length === count * dimensions, () => `${matrix.length} numbers of ${count} × ${dimensions}`)
        const wrong = matrix.findIndex((value) => !Number.isFinite(value))
        must(wrong < 0, () => `number ${wrong} is ${matrix[wrong]}`)
        must(
          words.every((word) => typeof word === 'string'),
          () => 'a word is missing',
        )
        if (broken) return
        must(
          JSON.stringify(words) === JSON.stringify(table.words),
          () => `words ${JSON.stringify(words)}, not ${JSON.stringify(table.words)}`,
        )
        must(
          matrix.every((value, i) => value === table.matrix[i]),
          () => `numbers ${matrix}, not ${table.matrix}`,
        )
      } catch (error) {
        must(broken, () => `refused, though whole: ${error}`)
        throw error
      } finally {
        rmSync(path)
      }
    },
}))
