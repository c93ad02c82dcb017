/** What the compiled module exports; assembly/ says what each computes. Pointers are in bytes. */
export interface Exports {
  readonly memory: WebAssembly.Memory
  rows(
    sums: number,
    ends: number,
    data: number,
    count: number,
    lanes: number,
    weights: number,
    sum: number,
    shift: number,
    squares: number,
    high: number,
    low: number,
  ): void
  poolLanes(plan: number, op: number): void
  poolColumns(plan: number, op: number): void
  meanFour(plan: number): void
  slideMoments(plan: number): void
  suffixMoments(plan: number): void
  slideEnds(plan: number, low: number, exact: number): void
  suffixEnds(plan: number, low: number, exact: number): void
  odd(at: number, end: number): number
  widen(data: number, out: number, count: number, factor: number): void
  analyze(plan: number, samples: number, hop: number, count: number, out: number, totals: number): void
  analyzeOne(plan: number, samples: number, out: number): number
}

/** The compiled kernels and the megabyte they work in, which never grows. Below `tablesAt` nothing is kept between calls; above it are the tables of `owner`. */
export interface Arena {
  readonly kernels: Exports
  readonly floats: Float32Array
  readonly doubles: Float64Array
  readonly words: Int32Array
  readonly bytes: Uint8Array
  owner: object | undefined
}

export const tablesAt: number = 2 ** 19
export const arenaEnd: number = 2 ** 20

let arena: Arena | undefined
let loading: Promise<boolean> | undefined

/** The arena once it is there; until then, and where WebAssembly is not allowed, plain code computes the same bits. */
export function arenaIfReady(): Arena | undefined {
  return arena
}

/**
 * Loads the compiled kernels, once. Whatever has a use for them asks for them when it is planned, and nothing needs to wait: what runs before they are there runs in plain
 * code, slower, to the same bits. Wait for them where the first work is a large one.
 *
 * @returns whether there are kernels; false, said once on the console, where WebAssembly is missing or refused (a content security policy without 'wasm-unsafe-eval')
 * @example
 * await kernelsReady()
 */
export function ready(): Promise<boolean> {
  loading ??= load().then(
    (loaded) => {
      arena = loaded
      return true
    },
    (error: unknown) => {
      console.warn(`poolwise: WebAssembly cannot be used here, so plain code computes the same, slower (${String(error)})`)
      return false
    },
  )
  return loading
}

async function load(): Promise<Arena> {
  const { wasm } = await import('./wasm.ts')
  const { instance } = await WebAssembly.instantiate(bytesOf(wasm))
  const kernels = instance.exports as unknown as Exports
  const { buffer } = kernels.memory
  return {
    kernels,
    floats: new Float32Array(buffer),
    doubles: new Float64Array(buffer),
    words: new Int32Array(buffer),
    bytes: new Uint8Array(buffer),
    owner: undefined,
  }
}

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Base64 by hand: audio worklets have no `atob`. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.floor((base64.replace(/=+$/, '').length * 3) / 4))
  let bits = 0
  for (let i = 0, at = 0; at < bytes.length; i++) {
    bits = (bits << 6) | digits.indexOf(base64[i]!)
    if (i % 4 > 0) bytes[at++] = bits >> (6 - 2 * (i % 4))
  }
  return bytes
}
