import type { StageSpec } from 'poolwise'

/** A value as TypeScript, as one would write it: names without quotes, texts in single ones. */
function literal(value: unknown): string {
  if (typeof value === 'string') return `'${value.replace(/[\\']/g, '\\$&')}'`
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const fields = Object.entries(value).map(([name, of]) => `${name}: ${literal(of)}`)
  return fields.length > 0 ? `{ ${fields.join(', ')} }` : ''
}

/** A stage as the call that makes it. */
export function callOf({ stage, pooling, ...options }: StageSpec): string {
  const all = pooling === undefined ? [options] : [pooling, options]
  return `${stage}(${all.map(literal).filter(Boolean).join(', ')})`
}

/** A program that hears the microphone through such stages. */
export function typescriptOf(stages: readonly StageSpec[]): string {
  const names = [...new Set(stages.map(({ stage }) => stage)), 'toVectors'].sort()
  return `import { ${names.join(', ')} } from 'poolwise'
import { microphone } from 'poolwise/audio'

microphone()
  .pipe(
${[...stages.map(callOf), 'toVectors()'].map((call) => `    ${call},\n`).join('')}  )
  .subscribe(({ start, vector }) => console.log(start, vector))
`
}

/** The same stages over files, as a definition for \`poolwise run pipeline.json *.wav\`. */
export function jsonOf(stages: readonly StageSpec[]): string {
  return `${JSON.stringify({ source: { source: 'audioFiles' }, stages }, null, 2)}\n`
}
