/** The address of a script that is built by itself. */
declare module '*?worker&url' {
  const url: string
  export default url
}

interface ImportMeta {
  /** What the bundler finds by a pattern, by its path. */
  glob<Module>(pattern: string, options: { query: string; import: string; eager: true }): { readonly [path: string]: Module }
}
