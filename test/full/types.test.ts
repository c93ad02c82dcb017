// What every entry says of itself, compiled without the DOM: as a program for Node, a worker or a browser with types of its own sees it.
import { spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { manifest, packed } from '../house/packed.ts'
import { root } from '../house/source.ts'

const entries = Object.keys(manifest.exports).filter((name) => !name.endsWith('.json'))
let [folder, installed] = ['', '']

beforeAll(() => {
  ;({ folder, installed } = packed('types'))
  writeFileSync(join(folder, 'all.ts'), entries.map((name, i) => `export * as e${i} from 'poolwise${name.slice(1)}'\n`).join(''))
  // All that RxJS names and does not bring.
  writeFileSync(join(folder, 'timers.d.ts'), 'declare function setTimeout(): number\n')
  writeFileSync(join(folder, 'node.ts'), ofNode)
  writeFileSync(join(folder, 'browser.ts'), ofBrowsers)
}, 300_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Node's own streams and files are taken. */
const ofNode = `import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { decodeAudio, pcm } from 'poolwise/audio'
import { textStream } from 'poolwise/text'
export const all = [
  pcm(createReadStream('a.raw'), { rate: 16000 }),
  pcm(process.stdin, { rate: 16000, live: true }),
  decodeAudio(Readable.toWeb(process.stdin)),
  decodeAudio(new Blob([])),
  decodeAudio(Buffer.alloc(0)),
  textStream(process.stdin, { unit: 'line' }),
]
`

/** A browser's own objects are taken. */
const ofBrowsers = `import { audioNode, decodeAudio, microphone, pcm } from 'poolwise/audio'
declare const constraints: MediaTrackConstraints
export const all = async (response: Response, file: File, context: AudioContext, offline: OfflineAudioContext) => [
  pcm(response.body!, { rate: 16000 }),
  decodeAudio(response.body!),
  decodeAudio(file, { context }),
  decodeAudio(await file.arrayBuffer(), { context: offline }),
  microphone({ constraints }),
  microphone({ constraints: { deviceId: { exact: 'mic' }, echoCancellation: true } }),
  audioNode(context.createGain(), { worklet: AudioWorkletNode }),
  audioNode(offline.createBufferSource()),
]
`

/** The types of Node of a version, as they are when a project has installed them. */
function withNode(name: string): void {
  const types = join(folder, 'node_modules/@types/node')
  rmSync(types, { recursive: true, force: true })
  const at = join(root, 'node_modules', name)
  const undici = dirname(createRequire(join(at, 'package.json')).resolve('undici-types/package.json'))
  cpSync(at, types, { recursive: true })
  cpSync(undici, join(types, 'node_modules/undici-types'), { recursive: true })
}

/** What a compiler has to say. */
function compiled(compiler: string, files: readonly string[], lib: readonly string[], types: readonly string[]): string {
  const compilerOptions = {
    ...{ target: 'ES2022', lib, types, module: 'NodeNext', moduleResolution: 'NodeNext' },
    ...{ noEmit: true, strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false },
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
  return spawnSync(process.execPath, [join(root, 'node_modules', compiler, 'bin/tsc'), '-p', folder], { encoding: 'utf8' }).stdout
}

describe.each(['typescript5', 'typescript'])('under %s, without the DOM', (compiler) => {
  test('no entry names what the language does not have', () => {
    expect(compiled(compiler, ['all.ts', 'timers.d.ts'], ['ES2022'], [])).toBe('')
  })

  test.each(['@types/node', 'types-node-26'])('all compile, and take what is Node’s, with %s', (name) => {
    withNode(name)
    expect(compiled(compiler, ['all.ts', 'node.ts'], ['ES2022'], ['node'])).toBe('')
  })

  test('what is a browser’s is taken', () => {
    expect(compiled(compiler, ['browser.ts'], ['ES2022', 'DOM'], [])).toBe('')
  })
})

test('a name of the DOM would be seen', () => {
  const file = join(installed, 'dist/audio.d.ts')
  const before = readFileSync(file, 'utf8')
  appendFileSync(file, '\nexport declare const stream: MediaStream\n')
  expect(compiled('typescript', ['all.ts', 'timers.d.ts'], ['ES2022'], [])).toContain("Cannot find name 'MediaStream'")
  writeFileSync(file, before)
})
