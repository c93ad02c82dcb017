// Stages made of stages, a line each.
export { beside } from './beside.ts'
export { chain } from './chain.ts'
