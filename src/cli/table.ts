import { stripVTControlCharacters } from 'node:util'

/** Lines of columns as wide as their widest cell; those named in `right` are set flush right. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => width(row[column]!))))
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const room = ' '.repeat(widths[column]! - width(cell))
        return right.includes(column) ? room + cell : cell + room
      })
      .join('  ')
      .trimEnd(),
  )
}

function width(cell: string): number {
  return [...stripVTControlCharacters(cell)].length
}

/** Words in lines of at most 80 characters, each after an indent. */
export function wrapped(text: string, indent: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > 80) {
      lines.push(indent + line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, indent + line]
}

/** A text of at most so many characters; of a longer one its beginning and its end, and none of what moves a terminal's cursor. */
export function shortened(text: string, most: number): string {
  const letters = [...text.replace(/\p{Cc}/gu, ' ')]
  if (letters.length <= most) return letters.join('')
  const end = Math.floor((most - 1) / 2)
  return `${letters.slice(0, most - 1 - end).join('')}…${end === 0 ? '' : letters.slice(-end).join('')}`
}
