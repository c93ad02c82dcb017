// What the comments above stages, poolings, sources and sinks, and above their options, say: `npm run docs` writes it where `poolwise list` and the schema of pipelines read it.
import { join } from 'node:path'
import ts from 'typescript5'
import { root } from './source.ts'

/** What one of them is for, how it is used, and what its options are for. */
export interface Description {
  readonly text: string
  readonly example?: string
  readonly options: { readonly [option: string]: string }
}

/** The modules whose exports are described, and those of which one export holds what is. */
const modules = { stages: 'src/stages/index.ts', poolings: 'src/poolings/index.ts' } as const
const registries = { sources: 'src/pipeline/sources.ts', sinks: 'src/pipeline/sinks.ts' } as const

export type Descriptions = {
  readonly [kind in keyof typeof modules | keyof typeof registries]: { readonly [name: string]: Description }
}

let found: Descriptions | undefined

/** Read once for all who ask: the compiler takes seconds. */
export function descriptions(): Descriptions {
  found ??= read()
  return found
}

function read(): Descriptions {
  const { options, errors } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config,
    ts.sys,
    root,
  )
  if (errors.length > 0) throw new Error(ts.formatDiagnostics(errors, ts.createCompilerHost(options)))
  const program = ts.createProgram(
    Object.values({ ...modules, ...registries }).map((path) => join(root, path)),
    options,
  )
  const checker = program.getTypeChecker()
  const text = (symbol: ts.Symbol) => firstSentence(ts.displayPartsToString(symbol.getDocumentationComment(checker)))
  // The checker's order changes with what it has seen before.
  const commented = (options: readonly ts.Symbol[]) =>
    Object.fromEntries(options.map((option) => [option.name, text(option)] as const).sort(([a], [b]) => (a < b ? -1 : 1)))
  const one = (symbol: ts.Symbol): Description => {
    const at = aliased(symbol)
    const signatures = checker.getTypeOfSymbol(at).getCallSignatures()
    const last = signatures[0]?.parameters.at(-1)
    const given = last && checker.getNonNullableType(checker.getTypeOfSymbol(last))
    const own = checker.getTypeOfSymbol(at).getProperty('options')
    // What takes no object of options declares them as they are.
    const declared = own ? checker.getTypeOfSymbol(own).getProperties() : []
    const options = declared.length > 0 ? declared : (given?.getProperties() ?? [])
    const example = at.getJsDocTags(checker).find(({ name }) => name === 'example')
    return {
      text: text(at),
      ...(example && { example: ts.displayPartsToString(example.text).trim() }),
      options: commented(options),
    }
  }
  const exportsOf = (path: string) => checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(join(root, path))!)!)
  const aliased = (symbol: ts.Symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol)
  const sorted = (entries: [string, Description][]) => Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
  const exported = (path: string) =>
    sorted(
      exportsOf(path)
        .filter((symbol) => aliased(symbol).flags & ts.SymbolFlags.Value)
        .map((symbol) => [symbol.name, one(symbol)]),
    )
  /** What a registry holds declares its options as they are, not as a function takes them. */
  const held = (name: string, path: string) => {
    const registry = exportsOf(path).find((symbol) => symbol.name === name)!
    return sorted(
      checker
        .getTypeOfSymbol(registry)
        .getProperties()
        .map((entry) => {
          const options = checker.getTypeOfSymbol(checker.getTypeOfSymbol(entry).getProperty('options')!).getProperties()
          return [entry.name, { text: text(entry), options: commented(options) }]
        }),
    )
  }
  return Object.fromEntries([
    ...Object.entries(modules).map(([kind, path]) => [kind, exported(path)]),
    ...Object.entries(registries).map(([kind, path]) => [kind, held(kind, path)]),
  ]) as Descriptions
}

/** Up to the first full stop that ends a sentence. */
function firstSentence(comment: string): string {
  const [first = ''] = comment.replaceAll(/\{@link (\w+) ?\}/g, '$1').split(/\n\s*\n/)
  const line = first.replaceAll(/\s+/g, ' ').trim()
  return /^(.*?[^.A-Z]\.)(?= [A-Z(]|$)/.exec(line)?.[1] ?? line
}

/** The module that holds them. */
export function descriptionsModule(): string {
  const all = descriptions()
  const entries = (of: { readonly [name: string]: Description }) =>
    Object.entries(of).map(([name, one]) => `    ${name}: ${JSON.stringify(one)},`)
  return [
    '// Written by `npm run docs` from the comments above stages, poolings and their options; test/house fails where it is not of today.',
    '/** What each is for, how it is used, and what its options are for. */',
    'export const descriptions: {',
    `  readonly [kind in ${Object.keys(all)
      .map((kind) => `'${kind}'`)
      .join(' | ')}]: {`,
    '    readonly [name: string]: { readonly text: string; readonly example?: string; readonly options: { readonly [option: string]: string } }',
    '  }',
    '} = {',
    ...Object.entries(all).flatMap(([kind, of]) => [`  ${kind}: {`, ...entries(of), '  },']),
    '}',
    '',
  ].join('\n')
}
