import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { Command } from 'commander'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { type AudioOptions, audioDefinition, type TextCommandOptions, textDefinition } from '../../src/cli/definitions.ts'
import { program } from '../../src/cli/program.ts'
import { first, welcome } from '../../src/cli/welcome.ts'
import { standardOutput } from '../../src/files/output.ts'
import { pipelineFrom } from '../../src/pipeline/pipeline.ts'
import { command, env, outside } from './outside.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolwise-teaching-'))
afterAll(() => rmSync(folder, { recursive: true }))

const long = (text: string) =>
  stripVTControlCharacters(text)
    .split('\n')
    .filter((line) => [...line].length > 80)

/** Of one line, as a shell has them. */
const wordsOf = (line: string) =>
  execFileSync('bash', ['-c', `set -f; printf '%s\\n' ${line}`])
    .toString()
    .trimEnd()
    .split('\n')

async function written(...args: readonly string[]): Promise<string> {
  let out = ''
  const spy = vi.spyOn(standardOutput, 'write').mockImplementation((text) => {
    out += text
  })
  try {
    await program().parseAsync(args, { from: 'user' })
    return out
  } finally {
    spy.mockRestore()
  }
}

describe('poolwise alone', () => {
  test('says what it is, in 80 columns and with 0', async () => {
    expect(await outside([])).toEqual({ code: 0, out: stripVTControlCharacters(welcome()), err: '' })
    expect(long(welcome())).toEqual([])
    expect(first).toHaveLength(4)
    for (const [line] of first) expect(stripVTControlCharacters(welcome())).toContain(`\n  ${line}\n`)
  })

  test('its commands run as they are printed', () => {
    for (const [i, name] of ['one.wav', 'two.wav'].entries()) copyFileSync(`samples/audio/words/bat-v${i + 1}.wav`, join(folder, name))
    writeFileSync(join(folder, 'letter.txt'), 'The sea rises. The boats stay in the harbour.\n')
    for (const [line] of first) {
      const [node, main] = command
      const ended = spawnSync('bash', ['-c', `poolwise() { '${node}' '${main}' "$@"; }; ${line}`], { cwd: folder, env, encoding: 'utf8' })
      expect([line, ended.status, ended.stderr]).toEqual([line, 0, ''])
    }
    for (const name of ['vectors.parquet', 'vectors.csv', 'one.png']) expect(existsSync(join(folder, name))).toBe(true)
  })
})

describe('the examples of every help', () => {
  const every = (one: Command): Command[] => [one, ...one.commands.flatMap(every)]

  function helpOf(one: Command): string {
    let text = ''
    one.configureOutput({
      writeOut: (more) => {
        text += more
      },
    })
    one.outputHelp()
    return text
  }

  const examples = every(program()).map((one) => {
    const help = helpOf(one).replaceAll('\\\n', '')
    const lines = (/Examples:\n(.*?)(?:\n\n|$)/s.exec(help)?.[1] ?? '').split('\n')
    return { name: one.name(), lines: lines.flatMap((line) => /(?:^ {2}|\| )(poolwise .*?)(?: >.*)?$/.exec(line)?.[1] ?? []) }
  })

  test('there are two of each command at least, in 80 columns', () => {
    expect(examples.filter(({ lines }) => lines.length < 2).map(({ name }) => name)).toEqual([])
    expect(every(program()).flatMap((one) => long(helpOf(one)))).toEqual([])
  })

  test.each(examples.flatMap(({ lines }) => lines))('%s', async (line) => {
    const all = program()
    let ran = 0
    for (const one of every(all)) {
      one.exitOverride().action(async (...given: unknown[]) => {
        ran++
        const options = given.at(-2) as object
        if (one.name() === 'audio') pipelineFrom(audioDefinition(options as AudioOptions))
        if (one.name() === 'text') pipelineFrom(textDefinition(options as TextCommandOptions, []))
      })
    }
    await all.parseAsync(wordsOf(line.replace(/^poolwise/, '')), { from: 'user' })
    expect(ran).toBe(1)
  })
})

describe('for programs', () => {
  test('list --json has all that list has, and all about it', async () => {
    const all = JSON.parse(await written('list', '--json')) as { kind: string; name: string; text: string }[]
    const text = stripVTControlCharacters(await written('list'))
    expect(all.filter(({ name }) => !new RegExp(`^${name} {2,}\\S`, 'm').test(text))).toEqual([])
    expect(long(text)).toEqual([])
    const [mel] = JSON.parse(await written('list', 'logMel', '--json')) as { options: { name: string; default?: unknown }[] }[]
    expect(mel!.options).toContainEqual(expect.objectContaining({ name: 'hop', default: '10ms', required: false }))
    expect((JSON.parse(await written('list', 'csv', '--json')) as { kind: string }[]).map(({ kind }) => kind)).toEqual(['sources', 'sinks'])
    await expect(written('list', 'logMle', '--json')).rejects.toThrow('did you mean "logMel"?')
  })

  test('explain --json', async () => {
    const { stages } = JSON.parse(await written('explain', 'audio', '--features', 'mfcc(coefficients=20),deltas', '--json')) as {
      stages: object[]
    }
    expect(stages.slice(0, 2)).toEqual([{ stage: 'mfcc', coefficients: 20 }, { stage: 'deltas' }])
    const rows = JSON.parse(await written('explain', 'window', '--shape', '7', '--size', '3', '--json')) as object[]
    expect(rows).toContainEqual(expect.objectContaining({ dialect: 'keras', output: [2] }))
  })
})

describe('completion', () => {
  async function completed(...words: readonly string[]): Promise<string[]> {
    const script = `${await written('completion', 'bash')}
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _poolwise; printf '%s\\n' "\${COMPREPLY[@]}"`
    return execFileSync('bash', ['-c', script, 'bash', ...words], { encoding: 'utf8' })
      .split('\n')
      .filter(Boolean)
  }

  test.each<[string[], string[]]>([
    [['ex'], ['explain']],
    [['explain', 'w'], ['window']],
    [['audio', 'a.wav', '--tas'], ['--task']],
    [
      ['audio', '--partial', ''],
      ['drop', 'keep'],
    ],
    [['audio', '--pool', 'topK'], ['topKMean']],
    [['audio', '--pool', '=', 'topK'], ['topKMean']],
    [['audio', '--features', 'logMel,delt'], ['logMel,deltas']],
    [['audio', '--features', '"logMel,delt'], ['logMel,deltas']],
    [['text', '--format', 'parq'], ['parquet']],
    [['list', 'logM'], ['logMel']],
    [['live', 'pool2'], ['pool2d']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    // Bash completes files where there is nothing else.
    [['audio', '--out', ''], []],
    [['audio', ''], []],
  ])('%j in bash', async (typed, expected) => {
    expect(await completed('poolwise', ...typed)).toEqual(expected)
  })

  describe.each(['zsh', 'fish'])('%s', (shell) => {
    const missing = spawnSync(shell, ['--version']).error !== undefined
    if (missing) console.log(`left out: ${shell}, which is not installed`)

    test.skipIf(missing)('reads its script', async () => {
      const script = join(folder, `completion.${shell}`)
      writeFileSync(script, await written('completion', shell))
      const { status, stderr } = spawnSync(shell, ['-n', script], { encoding: 'utf8' })
      expect([status, stderr]).toEqual([0, ''])
    })
  })

  test('refuses other shells', async () => {
    await expect(written('completion', 'zhs')).rejects.toThrow('did you mean "zsh"?')
  })
})
