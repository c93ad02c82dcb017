// What is read about poolwise: the README and the guide, their tables, their blocks of code and their links.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './source.ts'

/** Relative to the root. */
export const pages: readonly string[] = [
  'README.md',
  ...readdirSync(join(root, 'guide')).flatMap((name) => (name.endsWith('.md') ? [`guide/${name}`] : [])),
]

export const pageText = (page: string): string => readFileSync(join(root, page), 'utf8')

export interface Block {
  /** What stands after the fence: 'ts', 'sh not-run'. */
  readonly kind: string
  readonly code: string
  /** What it prints, where a block of `text` after it says so. */
  readonly prints: string | undefined
}

/** The blocks of a text in their order, those that say what another prints with that other. */
export function blocksIn(text: string): Block[] {
  const all = [...text.matchAll(/^```([^\n]+)\n([\s\S]*?)^```(?:\n\n```text\n([\s\S]*?)^```)?$/gm)]
  return all.map(([, kind, code, prints]) => ({ kind: kind!, code: code!, prints }))
}

export const blocksOf = (page: string): Block[] => blocksIn(pageText(page))

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->`, wherever a page has these marks. */
export function filled(text: string, tables: { readonly [name: string]: string }): string {
  return Object.entries(tables).reduce(
    (page, [name, table]) =>
      page.replace(
        new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`),
        (_, open: string, close: string) => `${open}${table}\n${close}`,
      ),
    text,
  )
}
