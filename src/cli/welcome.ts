import colors from 'picocolors'
import { program } from './program.ts'

/** What to begin with, each on one's own files; each goes on where the one before ended. */
export const first: readonly (readonly [command: string, does: string])[] = [
  ['poolwise audio talk.wav --window 1s --out vectors.parquet', 'a vector for each second of a recording'],
  ['poolwise similar vectors.parquet talk.wav -k 3', 'the nearest of them, by the same pipeline'],
  ['poolwise text letter.txt --by sentence --out vectors.csv', 'a vector for each sentence of a text'],
  ['poolwise plot talk.wav --out talk.png', 'a picture of what is pooled'],
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
