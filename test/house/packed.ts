// The package as its users get it: packed, and unpacked beside nothing but rxjs.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './source.ts'

/** package.json. */
export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** A folder with the package among its modules, and the archive beside them; whoever asks for it removes it. */
export function packed(name: string): { readonly folder: string; readonly installed: string; readonly archive: string } {
  const folder = mkdtempSync(join(tmpdir(), `poolwise-${name}-`))
  const [installed, archive] = [join(folder, 'node_modules/poolwise'), join(folder, `poolwise-${manifest.version}.tgz`)]
  execFileSync('npm', ['pack', '--pack-destination', folder], { cwd: root, stdio: 'pipe' })
  mkdirSync(installed, { recursive: true })
  execFileSync('tar', ['-xzf', archive, '-C', installed, '--strip-components=1'])
  for (const peer of ['rxjs', 'tslib']) cpSync(join(root, 'node_modules', peer), join(folder, 'node_modules', peer), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  return { folder, installed, archive }
}
