// `npm run docs:site`: the guide, what docstrings say, what was measured, and the live page over samples, as a folder that any host serves from any path.
import { readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Application, Converter, type DocumentReflection, OptionDefaults, PageEvent, type ProjectReflection } from 'typedoc'
import { build } from 'vite'
import { chapters, home } from './chapters.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const at = (path: string) => join(root, path)

/** The entries of the package by their modules, as a program imports them. */
const entries: { readonly [path: string]: string } = {
  'src/index.ts': 'poolwise',
  'src/audio.ts': 'poolwise/audio',
  'src/node.ts': 'poolwise/node',
  'src/poolings/index.ts': 'poolwise/poolings',
  'src/streams.ts': 'poolwise/streams',
  'src/tensors.ts': 'poolwise/tensors',
  'src/text.ts': 'poolwise/text',
  'src/workers/index.ts': 'poolwise/workers',
}

/**
 * Builds the site.
 * @param out its folder, made anew
 * @throws Error where a link of a page or a docstring leads nowhere
 */
export async function site(out: string): Promise<void> {
  rmSync(out, { recursive: true, force: true })
  const app = await Application.bootstrap({
    name: 'poolwise',
    entryPoints: Object.keys(entries).map(at),
    tsconfig: at('tsconfig.json'),
    readme: at(home),
    projectDocuments: chapters.flatMap(({ pages }) => pages.map(at)),
    searchInDocuments: true,
    searchInComments: true,
    // Documents stay in the order of the chapters.
    sort: ['kind', 'instance-first', 'alphabetical-ignoring-documents'],
    sortEntryPoints: false,
    blockTags: [...OptionDefaults.blockTags, '@source'],
    // `npm run check` compiles them, with another TypeScript than this one.
    skipErrorChecking: true,
    excludePrivate: true,
    excludeInternal: true,
    disableSources: true,
    hideGenerator: true,
    includeVersion: true,
    customCss: at('site/site.css'),
    lightHighlightTheme: 'github-light-high-contrast',
    darkHighlightTheme: 'github-dark-high-contrast',
    navigationLinks: { Guide: 'site:index.html', Playground: 'site:playground/index.html' },
    validation: { invalidLink: true, invalidPath: true, notExported: false, notDocumented: false },
    logLevel: 'Warn',
  })
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document: DocumentReflection) => entitle(document))
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }: { project: ProjectReflection }) => {
    const paths = Object.entries(entries)
    for (const module of project.children ?? []) {
      const path = module.sources?.[0]?.fullFileName
      module.name = paths.find(([entry]) => at(entry) === path)?.[1] ?? module.name
    }
  })
  app.renderer.on(PageEvent.END, (page: PageEvent) => {
    page.contents = led(page.contents!, page.url)
  })
  const project = await app.convert()
  if (!project) throw new Error('docs:site: expected sources that TypeDoc reads, got none')
  app.validate(project)
  await app.generateDocs(project, out)
  if (app.logger.hasWarnings() || app.logger.hasErrors()) throw new Error('docs:site: expected no warnings, got those above')
  const media = join(out, 'media')
  for (const name of readdirSync(media)) if (name.endsWith('.ts')) renameSync(join(media, name), join(media, `${name}.txt`))
  await build({ configFile: at('pipelines/live/vite.config.ts'), build: { outDir: join(out, 'playground') }, logLevel: 'warn' })
}

/** Pages are plain Markdown: the first heading is the title, and the chapter says which group a page belongs to. */
function entitle(document: DocumentReflection): void {
  const [first] = document.content
  const heading = /^# (.+)\n+/.exec(first?.text ?? '')
  if (!first || !heading) throw new Error(`docs:site: expected a page that begins with "# ", got ${document.name}`)
  const page = basename(document.name)
  document.frontmatter.group = chapters.find(({ pages }) => pages.some((path) => basename(path, '.md') === page))!.title
  document.name = heading[1]!
  first.text = first.text.slice(heading[0].length)
}

/** Links of the menu go out from where a page is; the live page is the one that is built; a host takes .ts for video. */
function led(html: string, url: string): string {
  const up = '../'.repeat(url.split('/').length - 1)
  return html
    .replaceAll('"site:', `"${up}`)
    .replaceAll(/media\/index\.html/g, 'playground/index.html')
    .replaceAll(/(media\/[\w-]+\.ts)"/g, '$1.txt"')
}

await site(resolve(process.argv[2] ?? at('out/site')))
