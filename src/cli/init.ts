import { createInterface } from 'node:readline'
import type { Command } from 'commander'
import colors from 'picocolors'
import { oneOf } from '../core/check.ts'
import { standardOutput } from '../files/output.ts'
import { type KindName, kinds, writeProject } from './projects.ts'
import { codes, trace } from './run.ts'
import { table } from './table.ts'

const names = Object.keys(kinds) as KindName[]

/** The kinds by number, as they are asked for. */
const choices = table(names.map((name, i) => [`  ${i + 1}`, colors.bold(name), kinds[name].about]))

const examples = `
Kinds:
${table(names.map((name) => [`  ${name}`, kinds[name].about])).join('\n')}

Examples:
  poolwise init
  poolwise init live my-page
  poolwise init files .
`

/** `poolwise init`: a project to begin with. */
export function initCommand(program: Command): void {
  program
    .command('init')
    .description('writes a small TypeScript project to begin with')
    .argument('[kind]', `${names.join(', ')} (default: asks)`)
    .argument('[folder]', 'where to, missing or empty (default: poolwise-KIND)')
    .addHelpText('after', examples)
    .action(async (kind: string | undefined, folder: string | undefined) => {
      const name = kind === undefined ? await asked() : oneOf('init', 'kind', kind, names)
      process.exitCode = init(name, folder ?? `poolwise-${name}`)
    })
}

function init(name: KindName, folder: string): number {
  try {
    const files = writeProject(name, folder)
    standardOutput.write(`Wrote to ${folder}: ${files.join(', ')}\n\nNow type:\n\n  ${colors.bold(linesFor(folder))}\n`)
    return codes.well
  } catch (cause) {
    if (cause instanceof TypeError) throw cause
    process.stderr.write(`${colors.red('error:')} ${(cause as Error).message}\n`)
    trace(cause)
    return codes.nothing
  }
}

/** What is typed next, as a shell takes it. */
function linesFor(folder: string): string {
  const quoted = /^[\w./\\:@+,-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", "'\\''")}'`
  return [...(folder === '.' ? [] : [`cd ${quoted}`]), 'npm install', 'npm start'].join(' && ')
}

/**
 * The kind that is chosen on the terminal, by number or name.
 * @throws TypeError where there is none, or it ends without an answer
 */
async function asked(): Promise<KindName> {
  const none = new TypeError(`init: expected a kind of project, got none\n${choices.join('\n')}`)
  if (!process.stdin.isTTY || !process.stdout.isTTY) throw none
  standardOutput.write(`What do you begin with?\n\n${choices.join('\n')}\n\n1 to ${names.length}: `)
  // Not as a terminal of readline's: so Ctrl-C is a signal as anywhere else.
  for await (const line of createInterface({ input: process.stdin, terminal: false })) {
    const answer = line.trim()
    const name = names[Number(answer) - 1] ?? names.find((name) => name === answer)
    if (name) return name
    standardOutput.write(`1 to ${names.length}: `)
  }
  standardOutput.write('\n')
  throw none
}
