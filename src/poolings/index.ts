// Every pooling there is: names, types, tables and tests derive from this list.
export { mixed } from './composed/mixed.ts'
export { attentive } from './learned/attentive.ts'
export { gated } from './learned/gated.ts'
export { netVlad } from './learned/netVlad.ts'
export { tree } from './learned/tree.ts'
export * from './leaves.ts'
