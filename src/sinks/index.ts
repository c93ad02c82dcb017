// Every sink there is; the names in pipelines are those after `to`.

export type { Sink, Summary } from './sink.ts'
export { toCsv } from './toCsv.ts'
export { toJsonl } from './toJsonl.ts'
export { type NpyOptions, toNpy } from './toNpy.ts'
