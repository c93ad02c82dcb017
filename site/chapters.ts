/** Where the site begins. */
export const home = 'guide/streams.md'

/** Its pages, in the order in which they are read. */
export const chapters: readonly { readonly title: string; readonly pages: readonly string[] }[] = [
  { title: 'Guide', pages: ['guide/streams.md', 'guide/windows.md'] },
  { title: 'Measured', pages: ['BENCHMARKS.md', 'pipelines/SCALE.md'] },
]
