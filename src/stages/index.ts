// Every stage there is, as an operator; the names of this module's exports are the names in specs and on the command line.
export * from './facade/boundaries.ts'
export * from './facade/features.ts'
export * from './facade/fitted.ts'
export * from './facade/pool.ts'
