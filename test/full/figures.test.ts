import { expect, test } from 'vitest'
import { conformanceTable } from '../house/conformanceTable.ts'
import { filled, pages, pageText } from '../house/pages.ts'
import { figuresTable } from '../house/tables.ts'

test('figures are those of the samples and of the reference cases: npm run docs', async () => {
  const tables = { figures: await figuresTable(), conformance: await conformanceTable() }
  for (const page of pages) expect(filled(pageText(page), tables)).toBe(pageText(page))
})
