// The package as its users get it: packed, unpacked beside nothing but rxjs, imported, compiled under two TypeScripts, bundled.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Rollup, build as vite } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tapModule } from '../../src/sources/audio/tapModule.ts'
import { manifest, packed } from './packed.ts'
import { kernelBytes, sizes } from './sizes.ts'
import { root } from './source.ts'
import { minified } from './tapModule.ts'

let [folder, installed, archive] = ['', '', '']

beforeAll(() => {
  ;({ folder, installed, archive } = packed('package'))
}, 120_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }), 60_000)

const run = (file: string, ...args: string[]) =>
  execFileSync(process.execPath, [file, ...args], { cwd: folder, encoding: 'utf8', stdio: 'pipe' })

describe('the package', () => {
  test('every export, the program and the licence are there', () => {
    const files = [
      ...Object.values(manifest.exports as Record<string, string | { types: string; default: string }>).flatMap((entry) =>
        typeof entry === 'string' ? [entry] : Object.values(entry),
      ),
      manifest.bin.poolwise,
      'LICENSE',
      'README.md',
      'CHANGELOG.md',
    ]
    expect(files.filter((file) => !existsSync(join(installed, file)))).toEqual([])
    expect(readFileSync(join(installed, manifest.bin.poolwise), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
  })

  test('poolwise/tap.js is the script that data: URLs hold', () => {
    const shipped = readFileSync(join(installed, manifest.exports['./tap.js'].default), 'utf8')
    expect(shipped).not.toContain('import')
    expect(minified(shipped.replace(/^export \{\};$/m, ''), 'js')).toBe(tapModule)
  })

  test('imports in an empty project with rxjs alone', () => {
    writeFileSync(
      join(folder, 'main.js'),
      `import { apply, frames, globalPool, logMel, signal } from 'poolwise'\nimport { max } from 'poolwise/poolings'\nconsole.log([...apply(frames([1, 5, 2]), globalPool(['mean', max])).data].join())\nconsole.log(apply(signal(new Float32Array(16000), { rate: 16000 }), logMel({ bands: 40 }), globalPool('stats')).data.length)`,
    )
    expect(run('main.js')).toBe('2.6666667461395264,5\n80\n')
  })

  test.each([
    ['by itself', ''],
    ['by its name', "{ worker: () => new Worker(new URL('poolwise/worker.js', import.meta.url), { type: 'module' }) }"],
  ])('Vite finds the worker %s', async (_, options) => {
    writeFileSync(
      join(folder, 'page.js'),
      `import { inWorker } from 'poolwise/workers'\nglobalThis.pool = inWorker({ stages: [] }, ${options || '{}'})`,
    )
    const { output } = (await vite({
      root: folder,
      configFile: false,
      logLevel: 'silent',
      worker: { format: 'es' },
      build: { write: false, rollupOptions: { input: join(folder, 'page.js') } },
    })) as Rollup.RollupOutput
    const workers = output.filter(({ fileName }) => /pageWorker/.test(fileName))
    expect(workers.length).toBe(1)
    expect(output.filter(({ fileName }) => fileName.includes('nodeWorker'))).toEqual([])
    expect(String('code' in workers[0]! ? workers[0].code : workers[0]!.source)).toContain('quantile')
  })

  test.each(['text', 'node'])('poolwise/%s without its peers loads, and says what to install when used', (entry) => {
    // The entries' own dependencies, without the optional peers.
    for (const name of Object.keys(manifest.dependencies))
      cpSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true })
    for (const name of ['fdir', 'picomatch', 'string-width', 'emoji-regex', 'is-fullwidth-code-point', 'strip-ansi', 'ansi-regex']) {
      if (existsSync(join(root, 'node_modules', name)))
        cpSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true })
    }
    const use =
      entry === 'text'
        ? `const { loadVectors } = await import('poolwise/text'); await loadVectors().catch((error) => console.log(error.message))`
        : `const { audioFiles } = await import('poolwise/node'); const { mergeMap } = await import('rxjs'); audioFiles(['a.mp3']).pipe(mergeMap(({ frames }) => frames)).subscribe({ error: (error) => console.log(error.message) })`
    writeFileSync(join(folder, 'a.mp3'), readFileSync(join(root, 'samples/audio/formats/bat-v1.mp3')))
    writeFileSync(join(folder, 'peer.js'), use)
    expect(run('peer.js')).toMatch(/npm install \S+/)
  })

  test('a thread finds what it runs', () => {
    const stages = "{ stages: [logMel({ bands: 40 }), globalPool('mean')] }"
    writeFileSync(
      join(folder, 'thread.js'),
      `import { from } from 'rxjs'\nimport { blocks, globalPool, logMel, signal } from 'poolwise'\nimport { inWorker } from 'poolwise/workers'\nfrom(blocks(signal(new Float32Array(16000), { rate: 16000 }), 1600)).pipe(inWorker(${stages})).subscribe(({ end, names }) => console.log(end, names.length))`,
    )
    expect(run('thread.js')).toBe('0.995 40\n')
  })

  test('poolwise serve without its peers says what to install', () => {
    const serve = () => run(join(installed, manifest.bin.poolwise), 'serve', 'audio', '--port', '0')
    expect(serve).toThrow(/npm install hono @hono\/node-server ws/)
  })

  test('poolwise live without its peer says what to install', () => {
    const live = () => run(join(installed, manifest.bin.poolwise), 'live', 'globalPool(pooling=mean)', '--stream', 'readings')
    expect(live).toThrow(/npm install ioredis/)
  })

  test('poolwise worker without its peers says what to install', () => {
    const work = () => run(join(installed, manifest.bin.poolwise), 'worker', '--redis', 'redis://localhost')
    expect(work).toThrow(/npm install bullmq ioredis/)
  })

  test.each([
    ['5', 'typescript5', 'NodeNext'],
    ['5', 'typescript5', 'bundler'],
    ['7', 'typescript', 'NodeNext'],
  ])('its types compile under TypeScript %s (%s, %s)', (_, compiler, resolution) => {
    writeFileSync(
      join(folder, 'user.ts'),
      `import { of, type Observable } from 'rxjs'\nimport { type Frames, globalPool, pool1d, toFrames, toVectors, type Vector } from 'poolwise'\nimport { stats } from 'poolwise/poolings'\nconst frames$: Observable<Frames> = of([1, 2], [3, 4]).pipe(toFrames({ bins: 2, hop: 0.01 }))\nexport const vectors$: Observable<Vector> = frames$.pipe(pool1d('max', { size: '20ms' }), globalPool(stats()), toVectors())\n// @ts-expect-error an unknown pooling\nglobalPool('maxi')\n`,
    )
    const module = resolution === 'bundler' ? 'ESNext' : 'NodeNext'
    const tsc = join(root, 'node_modules', compiler, 'bin/tsc')
    expect(
      run(
        tsc,
        '--noEmit',
        '--strict',
        '--target',
        'ES2022',
        '--lib',
        'ES2022,DOM',
        '--module',
        module,
        '--moduleResolution',
        resolution,
        'user.ts',
      ),
    ).toBe('')
  })

  test('a browser gets what it imports, and no more', async () => {
    const all = await sizes(installed)
    const kernels = await kernelBytes(installed)
    console.log(
      [
        'Bytes gzipped, without rxjs and the kernels:',
        ...all.map(({ code, bytes, bound }) => `  ${bytes} (≤ ${bound}) ${code.replaceAll('\n', '; ')}`),
        `  ${kernels} the kernels`,
      ].join('\n'),
    )
    expect(all.filter(({ bytes, bound }) => bytes > bound)).toEqual([])
    expect(all.every(({ bytes }) => bytes > 5_000)).toBe(true)
  })

  test('holds what it should and no more', () => {
    const packed = statSync(archive).size
    const tops = readdirSync(installed).sort()
    const files = readdirSync(join(installed, 'dist/page'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    const page = files.reduce((sum, { parentPath, name }) => sum + gzipSync(readFileSync(join(parentPath, name))).length, 0)
    console.log(`packed ${packed} bytes: ${tops.join(', ')}; of them the page ${page}`)
    expect(tops).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'guide', 'package.json', 'src'])
    expect(packed - page).toBeLessThan(2_000_000)
    expect(page).toBeLessThan(400_000)
    expect(files.map(({ name }) => name)).toContain('index.html')
    const licences = readFileSync(join(installed, 'dist/page/licenses.md'), 'utf8')
    for (const name of ['rxjs', '@audio/decode-mp3', '@audio/decode-flac', '@audio/decode-opus']) expect(licences).toContain(name)
    const odd = readdirSync(installed, { recursive: true, encoding: 'utf8' }).filter((path) =>
      /\.(test|bench)\.|node_modules|\.tsbuildinfo$/.test(path),
    )
    expect(odd).toEqual([])
  })
})
