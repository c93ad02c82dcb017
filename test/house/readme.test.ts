import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './source.ts'
import { poolingsTable, put } from './tables.ts'

const text = readFileSync(join(root, 'README.md'), 'utf8')

test('the table of poolings is that of the registry: npm run docs', () => {
  expect(put(text, 'poolings', poolingsTable())).toBe(text)
})

test('links lead to files that are here', () => {
  for (const name of ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'samples/README.md']) {
    const page = readFileSync(join(root, name), 'utf8')
    const links = [...page.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, link]) => link!).filter((link) => !link.includes('://'))
    for (const link of links) expect(() => readFileSync(join(root, name, '..', link)), `${name}: ${link}`).not.toThrow(/ENOENT/)
  }
})

test('no machine’s paths', () => {
  for (const name of ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'BENCHMARKS.md', 'samples/README.md']) {
    expect(readFileSync(join(root, name), 'utf8')).not.toMatch(/(^|[^.\w])\/(work|root|home)\//)
  }
})
