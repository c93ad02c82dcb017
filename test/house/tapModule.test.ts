import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { tapSource, tapTarget } from './tapModule.ts'

test('the text that data: URLs hold is that of poolwise/tap.js; npm run docs writes it', () => {
  expect(readFileSync(tapTarget, 'utf8')).toBe(tapSource())
})
