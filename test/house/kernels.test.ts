import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { ready } from '../../src/kernels/arena.ts'
import { wasm } from '../../src/kernels/wasm.ts'
import { compile, compiles } from './kernels.ts'

const bytes = Buffer.from(wasm, 'base64')

describe('the compiled kernels', () => {
  test.skipIf(!compiles && process.env.POOLWISE_REQUIRE_ALL !== '1')('are those of assembly/: npm run kernels', () => {
    expect(compile().equals(bytes)).toBe(true)
  })

  test('are at most 10 kB gzipped, ask for one megabyte that does not grow, and for nothing else', async () => {
    const size = gzipSync(bytes, { level: 9 }).length
    const start = performance.now()
    expect(await ready()).toBe(true)
    console.log(`kernels: ${size} bytes gzipped, ready after ${(performance.now() - start).toFixed(1)} ms`)
    expect(size).toBeLessThanOrEqual(10_000)
    const module = await WebAssembly.compile(bytes)
    expect(WebAssembly.Module.imports(module)).toEqual([])
    const { memory } = (await WebAssembly.instantiate(module)).exports as { memory: WebAssembly.Memory }
    expect(memory.buffer.byteLength).toBe(2 ** 20)
    expect(() => memory.grow(1)).toThrow()
  })
})
