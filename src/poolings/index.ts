// Every pooling there is: names, types, tables and tests derive from this list.
export { mixed } from './composed/mixed.ts'
export * from './leaves.ts'
