import { fileURLToPath } from 'node:url'
import type { ViteUserConfig } from 'vitest/config'

const src = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url))

/** What changes more than itself: loads the library anew, without WebAssembly or without a package, or puts something in the place of globals. */
const apart: string[] = [
  ...['infinities', 'laws', 'rows'].map((name) => `kernels/${name}`),
  ...['audioFiles', 'ffmpeg', 'microphone'].map((name) => `sources/audio/${name}`),
  ...['cli/plot', 'sources/text/texts', 'sources/vectors/loadVectors'],
].map((path) => `test/${path}.test.ts`)

/** What `npm run test:full` runs, and what is no test of this package. */
const others: string[] = ['**/node_modules/**', 'test/full/**', 'test/peers/**', 'test/stores/**']

const config: ViteUserConfig = {
  resolve: {
    // As in tsconfig.json: the entry points by name, from source, so that tests read like a user's program and never meet a stale build.
    alias: [
      { find: /^poolwise$/, replacement: src('index.ts') },
      { find: /^poolwise\/streams$/, replacement: src('streams.ts') },
      { find: /^poolwise\/poolings$/, replacement: src('poolings/index.ts') },
      { find: /^poolwise\/audio$/, replacement: src('audio.ts') },
      { find: /^poolwise\/text$/, replacement: src('text.ts') },
      { find: /^poolwise\/tensors$/, replacement: src('tensors.ts') },
      { find: /^poolwise\/workers$/, replacement: src('workers/index.ts') },
      { find: /^poolwise\/tap\.js/, replacement: src('sources/audio/tap.ts') },
      { find: /^poolwise\/node$/, replacement: src('node.ts') },
    ],
  },
  test: {
    testTimeout: 60_000,
    setupFiles: ['test/equality.ts', 'test/seed.ts'],
    // Of two processors vitest would use one.
    maxWorkers: '100%',
    globalSetup: 'test/built.ts',
    // All others share their modules, whose loading is most of the time that many files take.
    projects: [
      { extends: true, test: { name: 'apart', include: apart } },
      { extends: true, test: { name: 'together', include: ['test/**/*.test.ts'], exclude: [...others, ...apart], isolate: false } },
    ],
  },
}
export default config
