import { bytesOf } from '../paths.ts'
import type { LineRange } from '../piece.ts'

// Some seconds of work, and little beside what a thread holds anyhow.
const size = 2 ** 20
const newline = 0x0a

/**
 * Cuts a file of lines into ranges of a megabyte or more; none where it is shorter or cannot be read, which whoever opens it is told.
 *
 * @param at after which lines it may be cut: any, or blank ones alone, which end paragraphs
 */
export async function lineRanges(path: string, at: 'lines' | 'blankLines'): Promise<readonly LineRange[]> {
  const ranges: LineRange[] = []
  let [from, first, line] = [0, 1, 1]
  let position = 0
  let blank = true
  try {
    for await (const chunk of bytesOf('lineRanges', path)) {
      for (let i = 0; i < chunk.length; i++, position++) {
        const byte = chunk[i]!
        if (byte !== newline) {
          // As white space of other kinds is not looked for, some blank lines are not cut at.
          blank &&= byte === 0x20 || byte === 0x09 || byte === 0x0d
          continue
        }
        line++
        if (position + 1 - from >= size && (at === 'lines' || blank)) {
          ranges.push({ from, to: position + 1, first })
          from = position + 1
          first = line
        }
        blank = true
      }
    }
  } catch {
    return []
  }
  if (ranges.length > 0 && position > from) ranges.push({ from, to: position, first })
  return ranges
}
