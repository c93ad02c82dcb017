// What the tests start as a program is built once for all of them: from source each process would read and translate every module anew.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** The command line, built from the source as it is. */
    readonly main: string
    /** What the threads of `inWorker` run, built likewise. */
    readonly worker: string
  }
}

const root = fileURLToPath(new URL('..', import.meta.url))

/** Builds the command line and its threads' program into a folder that looks like the package's. */
export default async function built(project: TestProject): Promise<(() => void) | undefined> {
  // The projects of a run get what the root has, for which this is called as well.
  if (!project.isRootProject()) return
  const { main, worker, remove } = await builtOf(join(root, 'src'))
  project.provide('main', main)
  project.provide('worker', worker)
  return remove
}

/** The command line of such sources; its threads' programs stand beside it. It finds what `npm run stores` installs, as a user's project has it. */
export async function builtOf(source: string): Promise<{ main: string; worker: string; remove: () => void }> {
  const project = mkdtempSync(join(tmpdir(), 'poolwise-built-'))
  symlinkSync(join(root, 'test/stores/node_modules'), join(project, 'node_modules'))
  const folder = join(project, 'package')
  mkdirSync(folder)
  for (const name of ['package.json', 'node_modules', 'src']) symlinkSync(join(root, name), join(folder, name))
  await build({
    entryPoints: {
      'cli/main': join(source, 'cli/main.ts'),
      'cli/mapThread': join(source, 'runs/mapThread.ts'),
      'workers/nodeWorker': join(source, 'workers/nodeWorker.ts'),
    },
    outdir: join(folder, 'dist'),
    // As deep as the package's modules, which find files by where they are.
    chunkNames: 'cli/[name]-[hash]',
    bundle: true,
    splitting: true,
    packages: 'external',
    // Node would load its two hundred files one by one, in each of some hundred processes.
    alias: { rxjs: join(root, 'node_modules/rxjs/dist/esm/index.js') },
    format: 'esm',
    platform: 'node',
    // As Node loads them: all that is imported runs.
    ignoreAnnotations: true,
  })
  return {
    main: join(folder, 'dist/cli/main.js'),
    worker: join(folder, 'dist/workers/nodeWorker.js'),
    remove: () => rmSync(project, { recursive: true }),
  }
}
