// A thread without WebAssembly: what pipes give by plain code alone. It is sent what they are drawn from, and says what came, or what was thrown.
import { parentPort } from 'node:worker_threads'

Object.assign(globalThis, { WebAssembly: undefined })
const { Draws } = await import('./draws.ts')
const { pipeFor, whole } = await import('./machines.ts')
const { kernelsReady } = await import('../../src/index.ts')
console.warn = () => {}
const plain = !(await kernelsReady())

parentPort!.on('message', (seed: string) => {
  try {
    parentPort!.postMessage(plain ? whole(pipeFor(new Draws(seed))!) : 'kernels are on')
  } catch (error) {
    parentPort!.postMessage(String(error))
  }
})
parentPort!.postMessage('ready')
