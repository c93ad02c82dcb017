import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Json, show } from '../core/check.ts'
import { unreadable } from '../files/unreadable.ts'
import { importModule, workingDirectory } from '../pipeline/module.ts'
import { named, part } from '../pipeline/part.ts'
import { type Pipeline, pipelineFrom } from '../pipeline/pipeline.ts'

/**
 * The pipeline in a file: JSON, or the default export of a module, which is a pipeline or its definition.
 * @throws Error that names the file where it cannot be read, is no JSON or exports no pipeline; as `pipelineFrom`
 */
export async function pipelineIn(path: string): Promise<{ pipeline: Pipeline; base: string }> {
  const base = pathToFileURL(path).href
  const ending = extname(path)
  if (!['.json', '.ts', '.mts', '.js', '.mjs'].includes(ending))
    throw new TypeError(`pipeline: expected a .json, .ts or .js file, got ${show(path)}`)
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new Error(unreadable('pipeline', path, cause), { cause })
  })
  if (ending === '.json') return { pipeline: part(path, () => pipelineFrom(parsed(text), base)), base }
  const { default: found } = await importModule(base, base).catch((cause: unknown) => {
    throw named(path, cause)
  })
  if (found === undefined) throw new TypeError(`${path}: expected a pipeline as the default export, got none`)
  // A pipeline has been made already, and its paths start where modules' do.
  if (isPipeline(found)) return { pipeline: found, base: workingDirectory() }
  return { pipeline: part(path, () => pipelineFrom(found, base)), base }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new TypeError(`expected JSON, got ${(cause as Error).message}`, { cause })
  }
}

/** By its form: the file may have a copy of poolwise of its own. */
function isPipeline(found: unknown): found is Pipeline {
  return typeof found === 'object' && found !== null && 'load' in found && typeof found.load === 'function' && 'toJSON' in found
}

/** A pipeline as a file has it, in lines of a terminal where its values are that short; the file gives the same bits. */
export function fileText(pipeline: Pipeline): string {
  return `${jsonLines(JSON.parse(JSON.stringify(pipeline)) as Json, 0)}\n`
}

/** JSON on one line where that has room after `before` characters, else a part a line. */
function jsonLines(value: Json, indent: number, before = indent): string {
  const line = inLine(value)
  if (before + line.length < 80 || typeof value !== 'object' || value === null) return line
  const pad = ' '.repeat(indent + 2)
  const list = Array.isArray(value)
  const parts = Object.entries(value).map(([key, part]) => {
    const name = list ? '' : `${JSON.stringify(key)}: `
    return `${pad}${name}${jsonLines(part as Json, indent + 2, indent + 2 + name.length)}`
  })
  const [open, close] = list ? '[]' : '{}'
  return `${open}\n${parts.join(',\n')}\n${' '.repeat(indent)}${close}`
}

function inLine(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(inLine).join(', ')}]`
  const parts = Object.entries(value).map(([key, part]) => `${JSON.stringify(key)}: ${inLine(part)}`)
  return parts.length > 0 ? `{ ${parts.join(', ')} }` : '{}'
}
