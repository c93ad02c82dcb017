import { fileURLToPath } from 'node:url'
import type { ViteUserConfig } from 'vitest/config'

const src = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url))

// Not those of kernels, which load the library without WebAssembly.
const together: string[] = [
  ...['conformance', 'core', 'laws', 'learning', 'pipeline', 'poolings', 'sinks', 'stages', 'streams', 'tensors', 'windows'],
].map((folder) => `test/${folder}/*.test.ts`)

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
    // What changes nothing outside itself shares its modules, which is most of the time that such files take.
    projects: [
      { extends: true, test: { name: 'together', include: together, isolate: false } },
      {
        extends: true,
        test: {
          name: 'apart',
          include: ['test/**/*.test.ts'],
          globalSetup: 'test/built.ts',
          exclude: ['**/node_modules/**', 'test/full/**', 'test/peers/**', 'test/stores/**', ...together],
        },
      },
    ],
  },
}
export default config
