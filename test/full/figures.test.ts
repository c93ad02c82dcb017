import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../house/source.ts'
import { figuresTable, put } from '../house/tables.ts'

test('the README’s figures are those of the samples: npm run docs', async () => {
  const text = readFileSync(join(root, 'README.md'), 'utf8')
  expect(put(text, 'figures', await figuresTable())).toBe(text)
})
