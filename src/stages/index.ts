// Every stage there is; the names of this module's exports are the names in specs and on the command line.
export * from './boundaries/index.ts'
export * from './nested/index.ts'
export * from './pooling/index.ts'
export * from './spectra/index.ts'
export * from './vectors/index.ts'
