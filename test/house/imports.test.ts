import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { moduleAt, modules, reachable, root } from './source.ts'

// core ← files ← kernels ← poolings ← windows ← streams ← stages ← { learning, tensors } ← { sources, sinks } ← pipeline ← workers ← { server, runs, live } ← cli
const layers = [
  ['core'],
  ['files'],
  ['kernels'],
  ['poolings'],
  ['windows'],
  ['streams'],
  ['stages'],
  ['learning', 'tensors'],
  ['sources', 'sinks'],
  ['pipeline'],
  ['workers'],
  ['server', 'runs', 'live'],
  ['cli'],
]
const layerOf = (path: string) => layers.findIndex((folders) => folders.some((folder) => path.startsWith(`src/${folder}/`)))
const entries = [
  'src/index.ts',
  'src/streams.ts',
  'src/poolings/index.ts',
  'src/audio.ts',
  'src/sources/audio/tap.ts',
  'src/workers/index.ts',
  'src/workers/nodeWorker.ts',
  'src/text.ts',
  'src/tensors.ts',
  'src/node.ts',
  'src/cli/main.ts',
]

describe('imports', () => {
  test('the tree was read', () => {
    expect(modules.length).toBeGreaterThan(40)
    expect(moduleAt('src/streams/relay.ts')!.imports).toContain('rxjs')
  })

  test('point from right to left', () => {
    const wrong: string[] = []
    for (const { path, imports, typeImports } of modules) {
      const layer = layerOf(path)
      for (const other of [...imports, ...typeImports].filter((name) => name.startsWith('src/'))) {
        if (layer >= 0 && (layerOf(other) > layer || layerOf(other) < 0)) wrong.push(`${path} → ${other}`)
        if (!moduleAt(other)) wrong.push(`${path} → ${other}, which does not exist`)
      }
    }
    expect(wrong).toEqual([])
  })

  test('core imports nothing but itself', () => {
    const outside = modules
      .filter(({ path }) => path.startsWith('src/core/'))
      .flatMap(({ imports, typeImports }) => [...imports, ...typeImports])
      .filter((name) => !name.startsWith('src/core/'))
    expect(outside).toEqual([])
  })

  test('RxJS enters in streams', () => {
    const streams = layers.findIndex((folders) => folders.includes('streams'))
    const early = modules.filter(
      ({ path, imports, typeImports }) =>
        layerOf(path) >= 0 && layerOf(path) < streams && [...imports, ...typeImports].some((name) => name.startsWith('rxjs')),
    )
    expect(early.map(({ path }) => path)).toEqual([])
  })

  test('each folder of src has its place', () => {
    const folders = [...new Set(modules.map(({ path }) => path.split('/')[1]!).filter((name) => !name.endsWith('.ts')))]
    expect(folders.sort()).toEqual(layers.flat().sort())
  })

  test('make no circle, types included', () => {
    const circles: string[] = []
    const done = new Set<string>()
    const visit = (path: string, trail: string[]) => {
      if (trail.includes(path)) {
        circles.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
        return
      }
      if (done.has(path)) return
      const { imports = [], typeImports = [] } = moduleAt(path) ?? {}
      for (const next of [...imports, ...typeImports]) visit(next, [...trail, path])
      done.add(path)
    }
    for (const { path } of modules) visit(path, [])
    expect(circles).toEqual([])
  })

  test.each([
    'src/index.ts',
    'src/streams.ts',
    'src/poolings/index.ts',
    'src/tensors.ts',
    'src/audio.ts',
    'src/workers/index.ts',
    'src/workers/pageWorker.ts',
  ])('%s, which browsers load, reaches no module of Node', (entry) => {
    const all = [...reachable(entry)]
    expect(all.length).toBeGreaterThan(5)
    expect(all.filter((name) => isBuiltin(name) || name.startsWith('node:'))).toEqual([])
  })

  test('every module is reached from an entry', () => {
    const reached = new Set(entries.flatMap((entry) => [...reachable(entry)]))
    // Modules of types alone, and workers, which are loaded by their address.
    const loaded = (path: string) =>
      reached.has(path) ||
      modules.some(
        ({ typeImports, text }) => typeImports.includes(path) || text.includes(`'./${path.split('/').at(-1)!.replace(/\.ts$/, '')}`),
      )
    expect(modules.map(({ path }) => path).filter((path) => !loaded(path))).toEqual([])
  })

  test('only declared packages are imported, and all of them', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
    const packageOf = (name: string) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/')
    const imported = new Set(
      modules
        .flatMap(({ imports, typeImports }) => [...imports, ...typeImports])
        .filter((name) => !name.startsWith('src/') && !isBuiltin(name))
        .map(packageOf),
    )
    expect([...imported].filter((name) => !declared.includes(name))).toEqual([])
    const loadedByName = (name: string) => modules.some(({ text }) => text.includes(`'${name}`))
    // Its nodes are taken by their structure, so that a browser's do as well.
    const byStructure = ['web-audio-api']
    expect(declared.filter((name) => !imported.has(name) && !loadedByName(name))).toEqual(byStructure)
  })
})

test('a pooling is one file and one export line', () => {
  const folder = join(root, 'src/poolings')
  const machinery = [
    'conventions.ts',
    'extreme.ts',
    'index.ts',
    'kept.ts',
    'leaves.ts',
    'named.ts',
    'names.ts',
    'perTime.ts',
    'registry.ts',
    'resolve.ts',
    'sketch.ts',
  ]
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts') && !machinery.includes(name))
  const lines = readFileSync(join(folder, 'leaves.ts'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('export'))
  expect(lines).toEqual(
    files.sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)).map((name) => `export { ${name.slice(0, -3)} } from './${name}'`),
  )
})

test('no two files share a name, but index', () => {
  const twice = modules.map(({ path }) => path.split('/').at(-1)!).filter((name, i, all) => name !== 'index.ts' && all.indexOf(name) !== i)
  expect(twice).toEqual([])
})

test('a stage is one file and one export line', () => {
  for (const folder of ['boundaries', 'pooling', 'spectra', 'vectors']) {
    const text = readFileSync(join(root, 'src/stages', folder, 'index.ts'), 'utf8')
    const lines = text.split('\n').filter((line) => line.startsWith('export'))
    const names = lines.map((line) => /^export \{ (\w+) \}/.exec(line)?.[1])
    expect(lines).toEqual(names.map((name) => `export { ${name} } from './${name}.ts'`))
    expect(names).toEqual([...names].sort((a, b) => (a!.toLowerCase() < b!.toLowerCase() ? -1 : 1)))
  }
})

test('no file is longer than 400 lines', () => {
  expect(modules.filter(({ text }) => text.split('\n').length > 400).map(({ path }) => path)).toEqual([])
})
