/** Where the site begins. */
export const home = 'guide/README.md'

/** Its pages but the first, in the order in which they are read. */
export const chapters: readonly { readonly title: string; readonly pages: readonly string[] }[] = [
  {
    title: 'Guide',
    pages: named(
      'install',
      'streams',
      'windows',
      'time',
      'weights',
      'live',
      'files',
      'text',
      'tasks',
      'corpora',
      'elsewhere',
      'server',
      'by-hand',
      'your-own',
      'coming-from',
    ),
  },
  { title: 'Look up', pages: named('command-line', 'poolings', 'pipelines', 'stages') },
  { title: 'Measured', pages: [...named('conformance'), 'BENCHMARKS.md', 'pipelines/SCALE.md'] },
  { title: 'The project', pages: ['ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md'] },
]

function named(...pages: string[]): string[] {
  return pages.map((page) => `guide/${page}.md`)
}
