// The page as Vite serves (`npm run live`) and builds it (`npm run build:page`).
import { fileURLToPath } from 'node:url'
import type { Plugin, UserConfig } from 'vite'

const src = (path: string) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url))

/** While the page is worked on, Vite tells it what has changed; what is built talks to nobody. */
const told: Plugin = {
  name: 'told',
  apply: 'serve',
  transformIndexHtml: (html) => html.replace("connect-src 'none'", "connect-src 'self'"),
}

const config: UserConfig = {
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Any folder of any host.
  base: './',
  resolve: {
    alias: [
      { find: /^poolwise$/, replacement: src('index.ts') },
      { find: /^poolwise\/audio$/, replacement: src('audio.ts') },
      { find: /^poolwise\/tap\.js/, replacement: src('sources/audio/tap.ts') },
    ],
  },
  plugins: [told],
  worker: { format: 'es' },
  server: { host: '127.0.0.1' },
  preview: { host: '127.0.0.1' },
  build: {
    outDir: fileURLToPath(new URL('../../dist/page', import.meta.url)),
    emptyOutDir: true,
    // Of what is bundled, whose licences ask for it.
    license: { fileName: 'licenses.md' },
    target: 'es2023',
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000,
  },
}
export default config
