// `npm run docs:site`: the guide, what docstrings say, what was measured, and the live page over samples, as a folder that any host serves from any path.
import { readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Application, Converter, DocumentReflection, OptionDefaults, PageEvent, type ProjectReflection, ReflectionKind } from 'typedoc'
import { build } from 'vite'
import { chapters, home } from './chapters.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const at = (path: string) => join(root, path)

/** The entries of the package. */
const entries = ['index', 'audio', 'node', 'poolings/index', 'streams', 'tensors', 'text', 'workers/index']

/**
 * Builds the site.
 * @param out its folder, made anew
 * @throws Error where a link of a page or a docstring leads nowhere
 */
export async function site(out: string): Promise<void> {
  rmSync(out, { recursive: true, force: true })
  const app = await Application.bootstrap({
    // Not the name of a module, which would be taken for it.
    name: 'poolwise docs',
    entryPoints: entries.map((entry) => at(`src/${entry}.ts`)),
    tsconfig: at('tsconfig.json'),
    readme: at(home),
    projectDocuments: chapters.flatMap(({ pages }) => pages.map(at)),
    searchInDocuments: true,
    searchInComments: true,
    // Documents stay in the order of the chapters.
    sort: ['kind', 'instance-first', 'alphabetical-ignoring-documents'],
    sortEntryPoints: false,
    groupOrder: ['Guide', 'Look up', 'Modules', 'Measured', 'The project', '*'],
    blockTags: [...OptionDefaults.blockTags, '@source'],
    // `npm run check` compiles them, with another TypeScript than this one.
    skipErrorChecking: true,
    excludePrivate: true,
    excludeInternal: true,
    disableSources: true,
    hideGenerator: true,
    includeVersion: true,
    favicon: at('guide/site/favicon.svg'),
    customCss: at('guide/site/site.css'),
    lightHighlightTheme: 'github-light-high-contrast',
    darkHighlightTheme: 'github-dark-high-contrast',
    highlightLanguages: [...OptionDefaults.highlightLanguages, 'python', 'sql'],
    navigation: { includeGroups: true, includeCategories: false, includeFolders: false },
    searchGroupBoosts: { Guide: 2, 'Look up': 1.5 },
    // Modules are links; what is in them stands on their pages, and is searched.
    navigationLeaves: entries.map((entry) => (entry === 'index' ? 'poolwise' : `poolwise/${entry.replace('/index', '')}`)),
    navigationLinks: { Guide: 'site:index.html', Playground: 'site:playground/index.html' },
    validation: { invalidLink: true, invalidPath: true, notExported: false, notDocumented: false },
    logLevel: 'Warn',
  })
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document: DocumentReflection) => entitle(document))
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }: { project: ProjectReflection }) => {
    // As a program imports them.
    for (const module of project.getChildrenByKind(ReflectionKind.Module))
      module.name = module.name === 'index' ? 'poolwise' : `poolwise/${module.name}`
  })
  app.renderer.on(PageEvent.END, (page: PageEvent) => {
    page.contents = mended(page.contents!, page)
  })
  const project = await app.convert()
  if (!project) throw new Error('docs:site: expected sources that TypeDoc reads, got none')
  app.validate(project)
  await app.generateDocs(project, out)
  if (app.logger.hasWarnings() || app.logger.hasErrors()) throw new Error('docs:site: expected no warnings, got those above')
  const media = join(out, 'media')
  for (const name of readdirSync(media)) if (name.endsWith('.ts')) renameSync(join(media, name), join(media, `${name}.txt`))
  rmSync(join(media, 'index.html'))
  await build({ configFile: at('pipelines/live/vite.config.ts'), build: { outDir: join(out, 'playground') }, logLevel: 'warn' })
}

/** Pages are plain Markdown: the first heading is the title, and the chapter says which group a page belongs to. */
function entitle(document: DocumentReflection): void {
  const heading = /^# (.+)\n/.exec(document.content[0]?.text ?? '')?.[1]
  if (!heading) throw new Error(`docs:site: expected a page that begins with "# ", got ${document.name}`)
  const page = basename(document.name)
  document.frontmatter.group = chapters.find(({ pages }) => pages.some((path) => basename(path, '.md') === page))!.title
  document.name = heading
}

/** A page as TypeDoc made it, with what its theme leaves out. */
function mended(html: string, { url, model }: PageEvent): string {
  const up = '../'.repeat(url.split('/').length - 1)
  // Pages of the guide have a title of their own.
  const titled = model instanceof DocumentReflection || url === 'index.html'
  return (
    (titled ? html.replace(/<div class="tsd-page-title">[\s\S]*?<\/div>/, '') : html)
      .replace('<div class="col-content">', '<div class="col-content" role="main">')
      .replace('<nav id="tsd-sidebar-links"', '$& aria-label="Site"')
      // A link within what is pressed is none that a keyboard reaches.
      .replaceAll(/<a href="#[^"]*" aria-label="Permalink" class="tsd-anchor-icon">(?:(?!<\/a>).)*<\/a>(<\/h\d><\/summary>)/gs, '$1')
      // What is wider than the page is moved by itself, by keyboard, too.
      .replaceAll('<table>', '<div class="wide" tabindex="0" role="region" aria-label="A table"><table>')
      .replaceAll('</table>', '</table></div>')
      .replaceAll('"site:', `"${up}`)
      // The live page is the one that is built; hosts take .ts for video.
      .replaceAll('media/index.html', 'playground/index.html')
      .replaceAll(/(media\/[\w-]+\.ts)"/g, '$1.txt"')
  )
}

await site(resolve(process.argv[2] ?? at('out/site')))
