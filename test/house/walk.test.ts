import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './source.ts'

const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
const section = (title: string) => text.slice(text.indexOf(`## ${title}`)).split('\n## ')[0]!

test('the walk of ARCHITECTURE.md is the one that a call takes, no file twice', () => {
  const told = [...section('A walk').matchAll(/^\| `([^`]+)` \|/gm)].map(([, file]) => file!)
  const ran = JSON.parse(
    execFileSync(process.execPath, ['--import', 'tsx', join(root, 'test/house/walk.ts')], { cwd: root, encoding: 'utf8' }),
  )
  expect(new Set(told).size).toBe(told.length)
  expect([...told].sort()).toEqual(ran)
})

test('the glossary has at most 60 words, each once', () => {
  const words = [...section('Glossary').matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, row]) => row!.split(',').map((word) => word.trim()))
  const own = words.filter((word) => word !== 'word' && word !== '---')
  console.log(`glossary: ${own.length} words before a kernel`)
  expect(new Set(own).size).toBe(own.length)
  expect(own.length).toBeGreaterThan(40)
  expect(own.length).toBeLessThanOrEqual(60)
})
