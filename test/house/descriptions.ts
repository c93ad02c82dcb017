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

/** The modules whose exports are described. */
const described = { stages: 'src/stages/index.ts', poolings: 'src/poolings/index.ts' } as const

export type Descriptions = { readonly [kind in keyof typeof described]: { readonly [name: string]: Description } }

export function descriptions(): Descriptions {
  const { options, errors } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config,
    ts.sys,
    root,
  )
  if (errors.length > 0) throw new Error(ts.formatDiagnostics(errors, ts.createCompilerHost(options)))
  const program = ts.createProgram(
    Object.values(described).map((path) => join(root, path)),
    options,
  )
  const checker = program.getTypeChecker()
  const text = (symbol: ts.Symbol) => firstSentence(ts.displayPartsToString(symbol.getDocumentationComment(checker)))
  const one = (symbol: ts.Symbol): Description => {
    const at = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
    const signatures = checker.getTypeOfSymbol(at).getCallSignatures()
    const last = signatures[0]?.parameters.at(-1)
    // A list of parts, as of a mixture, is no options.
    const given = last && checker.getNonNullableType(checker.getTypeOfSymbol(last))
    const options = given && !checker.isArrayLikeType(given) ? given.getProperties() : []
    const example = at.getJsDocTags(checker).find(({ name }) => name === 'example')
    return {
      text: text(at),
      ...(example && { example: ts.displayPartsToString(example.text).trim() }),
      options: Object.fromEntries(options.map((option) => [option.name, text(option)])),
    }
  }
  const of = (path: string) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(join(root, path))!)!
    const values = checker.getExportsOfModule(module).filter((symbol) => {
      const at = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
      return at.flags & ts.SymbolFlags.Value
    })
    return Object.fromEntries(values.sort((a, b) => (a.name < b.name ? -1 : 1)).map((symbol) => [symbol.name, one(symbol)]))
  }
  return Object.fromEntries(Object.entries(described).map(([kind, path]) => [kind, of(path)])) as Descriptions
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
