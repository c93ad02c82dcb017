// Every stage there is, a line each; the names of this module's exports are the names in specs and on the command line.
export * from './facade/boundaries.ts'
export * from './facade/features.ts'
export * from './facade/fitted.ts'
export * from './facade/pool.ts'

export { globalPool } from './pooling/globalPool.ts'

export { l2Normalize } from './vectors/l2Normalize.ts'
export { normalize } from './vectors/normalize.ts'
