import { Argument, type Command, type Option } from 'commander'
import { oneOf } from '../core/check.ts'
import { standardOutput } from '../files/output.ts'
import { type Values, valued, valuesOf } from './valued.ts'

const examples = `
Examples:
  poolwise completion bash >> ~/.bashrc
  poolwise completion zsh >> ~/.zshrc
  poolwise completion fish > ~/.config/fish/completions/poolwise.fish

It completes commands, options, what options may be, the names of stages and
poolings, also after a comma, and else files. poolwise itself does not run as
one types, so make the script anew with a new version.
`

/** What follows `poolwise`, as one types it: '' for nothing, 'explain audio' for a command below another. */
interface Place {
  readonly path: string
  readonly commands: readonly Command[]
  readonly options: readonly Option[]
  readonly positional: Values | undefined
}

const scripts = { bash, zsh, fish } as const
const shells = Object.keys(scripts) as (keyof typeof scripts)[]

/** `poolwise completion`. */
export function completionCommand(program: Command): void {
  program
    .command('completion')
    .description('a script for the shell, which then completes commands, options and names')
    .addArgument(valued(new Argument('<shell>', shells.join(', ')), shells))
    .addHelpText('after', examples)
    .action((shell: string) => standardOutput.write(scripts[oneOf('completion', 'the shell', shell, shells)](placesOf(program, ''))))
}

function placesOf(command: Command, path: string): Place[] {
  const help = command.createHelp()
  const commands = help.visibleCommands(command)
  const [positional] = command.registeredArguments.flatMap((argument) => valuesOf(argument) ?? [])
  const below = command.commands.flatMap((one) => placesOf(one, path === '' ? one.name() : `${path} ${one.name()}`))
  return [{ path, commands, options: help.visibleOptions(command), positional }, ...below]
}

function flagsOf({ short, long }: Option): string[] {
  return [short, long].filter((flag) => flag !== undefined)
}

function pathTo(path: string, command: Command): string {
  return path === '' ? command.name() : `${path} ${command.name()}`
}

/** Words by themselves, and those that follow an option: with values or, as they are files, without. */
function bash(places: readonly Place[]): string {
  const words = (names: readonly string[]) => `'${names.join(' ')}'`
  const paths = places.flatMap(({ path, commands }) => commands.map((command) => `'${pathTo(path, command)}'`))
  const after = places.flatMap(({ path, options }) =>
    options
      .filter((option) => option.required || option.optional)
      .map((option) => {
        const values = valuesOf(option)
        const flags = flagsOf(option).map((flag) => `'${path} ${flag}'`)
        return `    ${flags.join('|')}) words=${words(values?.names ?? [])}${values?.many ? ' many=1' : ''} ;;`
      }),
  )
  const here = places.map(({ path, commands, options, positional }) => {
    const names = [...commands.map((command) => command.name()), ...(positional?.names ?? [])]
    const many = positional?.many ? ' many=1' : ''
    return `      '${path}') words=${words(names)} flags=${words(options.flatMap(flagsOf))}${many} ;;`
  })
  return `_poolwise() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" at= words= flags= many= head= next= i
  # Bash takes --pool=mean for three words.
  if [[ $prev == '=' ]]; then prev="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  if [[ $cur == '=' ]]; then cur=; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    next="\${at:+$at }\${COMP_WORDS[i]}"
    case "$next" in
      ${paths.join('|')}) at="$next" ;;
    esac
  done
  case "$at $prev" in
${after.join('\n')}
    *) case "$at" in
${here.join('\n')}
      esac
      if [[ $cur == -* ]]; then words="$flags" many=; fi ;;
  esac
  # An open quote is no part of a name.
  cur="\${cur#[\\"\\']}"
  if [[ -n $many && $cur == *,* ]]; then head="\${cur%,*},"; fi
  COMPREPLY=( $(compgen -P "$head" -W "$words" -- "\${cur#"$head"}") )
}
complete -o default -F _poolwise poolwise
`
}

/** Zsh runs bash's. */
function zsh(places: readonly Place[]): string {
  return `autoload -Uz compinit bashcompinit
(( $+functions[compdef] )) || compinit
bashcompinit
${bash(places)}`
}

function fish(places: readonly Place[]): string {
  const quoted = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`
  const paths = places.flatMap(({ path, commands }) => commands.map((command) => quoted(pathTo(path, command))))
  const offered = ({ names, many }: Values) =>
    quoted(many ? `(__fish_complete_list , 'printf "%s\\n" ${names.join(' ')}')` : names.join(' '))
  const lines = places.flatMap(({ path, commands, options, positional }) => {
    const here = `complete -c poolwise -n ${quoted(`__poolwise_at ${quoted(path)}`)}`
    return [
      ...commands.map((command) => `${here} -f -a ${command.name()} -d ${quoted(command.summary() || command.description())}`),
      ...(positional ? [`${here} -f -a ${offered(positional)}`] : []),
      ...options.map((option) => {
        const values = valuesOf(option)
        const takes = values ? ` -x -a ${offered(values)}` : option.required || option.optional ? ' -r -F' : ''
        const [short, long] = [option.short && ` -s ${option.short.slice(1)}`, option.long && ` -l ${option.long.slice(2)}`]
        return `${here}${short ?? ''}${long ?? ''}${takes} -d ${quoted(option.description)}`
      }),
    ]
  })
  return `function __poolwise_at
  set -l at
  set -l typed (commandline -opc)
  for word in $typed[2..]
    if contains -- (string join -- ' ' $at $word) ${paths.join(' ')}
      set at $at $word
    end
  end
  test "$at" = "$argv"
end
${lines.join('\n')}
`
}
