export {
  type FramesInWorkerOptions,
  inWorker,
  type SourceInWorkerOptions,
  type StagesDefinition,
} from './inWorker.ts'
export type { SendOptions, SendStats } from './line.ts'
export { messagePort } from './messagePort.ts'
export type { Thread } from './thread.ts'
export { toMessagePort } from './toMessagePort.ts'
export type { Port } from './wire.ts'
