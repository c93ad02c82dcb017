import colors from 'picocolors'
import { program } from './program.ts'

/** What to begin with, on one's own files, however short they are; the second reads what the first wrote. */
export const first: readonly (readonly [command: string, does: string])[] = [
  ['poolwise audio one.wav two.wav --out vectors.parquet', 'a vector for each recording'],
  ['poolwise similar vectors.parquet one.wav', 'those that are nearest to this one'],
  ['poolwise text letter.txt --by sentence --out vectors.csv', 'a vector for each sentence of a text'],
  ['poolwise plot one.wav', 'a picture of what is pooled'],
]

/** What is said where nothing was asked. */
export function welcome(): string {
  const lines = first.flatMap(([command, does]) => [`  ${colors.dim(`# ${does}`)}`, `  ${colors.bold(command)}`, ''])
  return `${program().description()}

Put files of your own in these:

${lines.join('\n')}
poolwise --help has all commands, poolwise COMMAND --help all about one, with
examples; poolwise list, all poolings and features; poolwise explain audio, what
is done where no option says how.
`
}
