import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { optionsTables } from './optionsTables.ts'
import { filled, pages, pageText } from './pages.ts'
import { root } from './source.ts'
import { poolingsTable } from './tables.ts'

test('the tables are those of the registry and of what is declared: npm run docs', () => {
  const tables = { poolings: poolingsTable(), options: optionsTables() }
  for (const name of Object.keys(tables)) expect(pages.some((page) => pageText(page).includes(`<!-- ${name} -->`))).toBe(true)
  for (const page of pages) expect(filled(pageText(page), tables)).toBe(pageText(page))
})

test('links lead to files that are here', () => {
  for (const name of [...pages, 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'samples/README.md']) {
    const page = readFileSync(join(root, name), 'utf8')
    const links = [...page.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, link]) => link!).filter((link) => !link.includes('://'))
    for (const link of links) expect(() => readFileSync(join(root, name, '..', link)), `${name}: ${link}`).not.toThrow(/ENOENT/)
  }
})

test('no machine’s paths', () => {
  for (const name of [...pages, 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'BENCHMARKS.md', 'samples/README.md']) {
    expect(readFileSync(join(root, name), 'utf8')).not.toMatch(/(^|[^.\w])\/(work|root|home)\//)
  }
})
