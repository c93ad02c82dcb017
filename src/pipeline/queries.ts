import { existsSync } from 'node:fs'
import { concat, concatMap, defer, type Observable } from 'rxjs'
import type { Failure } from '../streams/eachSequence.ts'
import type { Vector } from '../streams/toVectors.ts'
import { type Pipeline, pipelineFrom } from './pipeline.ts'
import { type Listener, vectorsFrom } from './vectorsFrom.ts'

/**
 * What is asked of a collection, through the pipeline by which it was made: files of sound or text, whatever list the collection's own were in, '-' for standard input, and,
 * of text, a query that names no file as a text by itself, whose id it is.
 *
 * @param base URL of where the pipeline's paths start
 * @throws (as an error of the stream) as `Pipeline.load`
 */
export function queriesThrough(
  pipeline: Pipeline,
  base: string,
  queries: readonly string[],
  listener: Listener,
): Observable<Vector | Failure> {
  return defer(() => pipelineFrom(ofFiles(pipeline, queries), base).load()).pipe(
    concatMap(({ source, stages }) => {
      const { texts } = source
      const one = (query: string) => {
        if (!texts || isFile(query)) return source.open([query])
        if (/^\S+(\/|\.(txt|text|md|jsonl|csv|tsv)$)/.test(query))
          listener.note(`${query}: there is no such file, so it is taken for a text`)
        return texts([{ id: query, text: query }])
      }
      // Files together are one list of inputs, whose repetitions the source knows.
      const sequences = !texts || queries.every(isFile) ? source.open(queries) : concat(...queries.map(one))
      return sequences.pipe(vectorsFrom(stages, listener))
    }),
  )
}

function isFile(query: string): boolean {
  return query === '-' || existsSync(query)
}

/** The definition, a source of single files in the place of one of lists. */
function ofFiles({ source, stages }: Pipeline, queries: readonly string[]): unknown {
  const { inputs: _, ...own } = source
  const lists = queries.every((query) => query.endsWith('.csv'))
  const name =
    own.source === 'manifest' && !lists ? 'audioFiles' : own.source === 'jsonl' || own.source === 'csv' ? 'textFiles' : own.source
  return { source: { ...own, source: name }, stages }
}
