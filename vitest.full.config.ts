import { fileURLToPath } from 'node:url'
import type { ViteUserConfig } from 'vitest/config'
import config from './vitest.config.ts'

// Poolwise's optional peer, which is installed with the libraries that test/peers compares with (npm run peers).
const transformers: { find: RegExp; replacement: string } = {
  find: /^@huggingface\/transformers$/,
  replacement: fileURLToPath(new URL('./test/peers/node_modules/@huggingface/transformers/dist/transformers.node.mjs', import.meta.url)),
}

// The clients of databases are optional peers, too, and installed by npm run stores.
const clients: (typeof transformers)[] = Object.entries({
  '@lancedb/lancedb': 'dist/index.js',
  'apache-arrow': 'Arrow.node.mjs',
  libsql: 'index.js',
  pg: 'esm/index.mjs',
  'sqlite-vec': 'index.mjs',
}).map(([name, file]) => ({
  find: new RegExp(`^${name}$`),
  replacement: fileURLToPath(new URL(`./test/stores/node_modules/${name}/${file}`, import.meta.url)),
}))

/** What meets signals and kills at random moments, hears a browser live, or counts requests a second: it has the machine for itself. */
const alone: string[] = [
  ...['browser', 'live', 'runs', 'server', 'signals', 'watch', 'worker'].map((name) => `test/full/${name}.test.ts`),
  ...['bullmq', 'killed', 'live', 'scale'].map((name) => `test/stores/${name}.test.ts`),
]

/** Laws of which `npm test` tries a part of the cases. */
const laws: string[] = ['test/laws/{saved,windows}.test.ts', 'test/kernels/{laws,rows,slide,spectrum,windows}.test.ts']

/** What takes longer than `npm test` may: whole recordings, memory over hours, other libraries beside ours. */
const full: ViteUserConfig = {
  resolve: { alias: [...(config.resolve!.alias as (typeof transformers)[]), transformers, ...clients] },
  test: {
    testTimeout: 600_000,
    setupFiles: config.test!.setupFiles!,
    globalSetup: 'test/built.ts',
    env: { POOLWISE_CASES: 'all' },
    projects: [
      {
        extends: true,
        // No memory that is measured is another process's, and no time decides.
        test: {
          name: 'beside',
          include: ['test/full/**/*.test.ts', 'test/peers/*.test.ts', 'test/stores/*.test.ts', ...laws],
          exclude: alone,
          maxWorkers: '100%',
        },
      },
      { extends: true, test: { name: 'alone', include: alone, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
}
export default full
