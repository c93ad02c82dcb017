// What readers are told to install is there, in a version that poolwise takes.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { pages, pageText } from '../house/pages.ts'
import { modules, root } from '../house/source.ts'

const { name: own, peerDependencies: peers } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly name: string
  readonly peerDependencies: { readonly [name: string]: string }
}

/** The packages of every `npm install …` in a text, to the end of the line or of the code. */
const namedIn = (text: string) =>
  [...text.matchAll(/npm install ([a-z@][^`'"\n;),#$]*)/g)]
    .flatMap(([, names]) => names!.trim().split(/\s+/))
    .filter((name) => name !== own)

const told = [...pages.map((page) => [page, pageText(page)]), ...modules.map(({ path, text }) => [path, text])].map(
  ([where, text]) => [where!, namedIn(text!)] as const,
)
const names = [...new Set(told.flatMap(([, all]) => all))].sort()

test('they are packages that poolwise knows, and all of these are told', () => {
  expect(told.flatMap(([where, all]) => all.filter((name) => !Object.hasOwn(peers, name)).map((name) => `${where}: ${name}`))).toEqual([])
  expect(new Set(pages.flatMap((page) => namedIn(pageText(page))))).toEqual(new Set(Object.keys(peers)))
})

test.each(names)('%s', async (name) => {
  const { stdout } = await promisify(execFile)('npm', ['view', `${name}@${peers[name]}`, 'version', '--json'], { cwd: root })
  expect([JSON.parse(stdout)].flat().length).toBeGreaterThan(0)
})
