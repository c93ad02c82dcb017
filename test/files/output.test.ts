import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { outputFile, writeWhole } from '../../src/files/output.ts'
import { command } from '../cli/outside.ts'
import { programOf } from '../programs.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'poolwise-output-'))
})
afterEach(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)
const hidden = () => readdirSync(folder).filter((name) => name.endsWith('.tmp'))

/** A program that begins to write a file, and what it does then. */
function program(name: string, then: string): string[] {
  const text = `
    import { outputFile } from './src/files/output.ts'
    outputFile('test', ${JSON.stringify(at(name))}).write('half')
    ${then}`
  return ['--input-type=module', '-e', programOf(text)]
}

describe('what a killed process has left', () => {
  const killed = (name: string) => spawnSync(process.execPath, program(name, "process.kill(process.pid, 'SIGKILL')"))

  test('is removed when the same place is written to, and only then', () => {
    for (const name of ['a.npy', 'b.npy']) expect(killed(name).signal).toBe('SIGKILL')
    expect(hidden()).toHaveLength(2)
    writeWhole('test', at('a.npy'), Buffer.from('whole'))
    expect(hidden()).toEqual([expect.stringMatching(/^\.b\.npy\./)])
    expect(readFileSync(at('a.npy'), 'utf8')).toBe('whole')
  })

  test('is removed where its name is as long as names may be', () => {
    const long = `${'ü'.repeat(125)}.npy`
    expect(killed(long).signal).toBe('SIGKILL')
    expect(hidden()).toHaveLength(1)
    writeWhole('test', at(long), Buffer.from('whole'))
    expect(readdirSync(folder)).toEqual([long])
  })

  test('stays while its process lives, is of another machine or container, or is no such file', async () => {
    const child = spawn(process.execPath, program('a.npy', 'setInterval(() => {}, 1000)'))
    const ended = new Promise((resolve) => child.on('close', resolve))
    while (hidden().length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    const [alive] = hidden() as [string]
    const [, machine, pid, began] = /npy\.([\da-f]+)-(\d+)-(\d+)-/.exec(alive)!
    const none = 2 ** 22 + 1
    const others = [
      `.a.npy.${machine!.replace(/./g, (c) => (c === 'f' ? 'e' : 'f'))}-${none}-1-00000000.tmp`,
      `.a.npy.${machine}-${none}-1-00000000.txt`,
      `.a.npy.${machine}-x-1-00000000.tmp`,
      `.aa.npy.${machine}-${none}-1-00000000.tmp`,
      '.a.npy.0011aabb.tmp',
    ]
    // Of a process that is no more; and one whose number another has now.
    const stale = [`.a.npy.${machine}-${none}-${began}-00000000.tmp`, ...(began === '0' ? [] : [`.a.npy.${machine}-${pid}-1-00000000.tmp`])]
    for (const name of [...others, ...stale]) writeFileSync(at(name), '')
    writeWhole('test', at('a.npy'), Buffer.from('whole'))
    expect(readdirSync(folder).sort()).toEqual(['a.npy', alive, ...others].sort())
    child.kill('SIGKILL')
    await ended
    writeWhole('test', at('a.npy'), Buffer.from('whole'))
    expect(existsSync(at(alive))).toBe(false)
  })

  test('of this process, two files at once do not take each other for such', () => {
    const [one, two] = [outputFile('test', at('a')), outputFile('test', at('a'))]
    one.write('one')
    two.write('two')
    one.commit()
    two.commit()
    expect([readFileSync(at('a'), 'utf8'), readdirSync(folder)]).toEqual(['two', ['a']])
  })
})

test('a file that has no room is named, and is not there', ({ skip }) => {
  skip(process.platform === 'win32')
  const write = `
    import { outputFile } from './src/files/output.ts'
    const file = outputFile('test', ${JSON.stringify(at('full.jsonl'))})
    try {
      for (let i = 0; i < 100; i++) file.write('x'.repeat(10000))
      file.commit()
    } catch (error) {
      console.log(error.message)
    }
    file.discard()`
  const { stdout } = spawnSync('sh', [
    '-c',
    'ulimit -f 100; exec "$@"',
    'sh',
    process.execPath,
    '--input-type=module',
    '-e',
    programOf(write),
  ])
  expect(`${stdout}`).toBe(`test: expected to write ${JSON.stringify(at('full.jsonl'))}, got EFBIG: file too large, write\n`)
  expect(readdirSync(folder)).toEqual([])
})

test('standard output without room is named, too', ({ skip }) => {
  skip(!existsSync('/dev/full') || !statSync('/dev/full').isCharacterDevice())
  const args = [...command, 'audio', 'samples/audio/words/bat-v1.wav']
  const { status, stderr } = spawnSync('sh', ['-c', 'exec "$@" > /dev/full', 'sh', ...args])
  expect([status, `${stderr}`]).toEqual([3, expect.stringMatching(/standard output: expected to write, got ENOSPC/)])
})
