import { wasm } from './wasm.ts'

/** What the compiled module exports; assembly/ says what each computes. Pointers are in bytes. */
export interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
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
  pool(plan: number, what: number, weighted: number): void
  blend(table: number, count: number, out: number, bytes: number): void
  slideMoments(plan: number): void
  slideEnds(plan: number, end: number, exact: number): void
  odd(at: number, end: number): number
  dots(rows: number, count: number, size: number, query: number, out: number): void
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
let tried = false
let loading: Promise<boolean> | undefined

/** The arena: compiled at once when it is first asked for; where an engine compiles only in the background, once that is done, and until then plain code computes the same bits. */
export function arenaIfReady(): Arena | undefined {
  if (!tried) {
    tried = true
    try {
      arena = arenaOf(new WebAssembly.Instance(new WebAssembly.Module(bytesOf(wasm))))
    } catch {
      void ready()
    }
  }
  return arena
}

/**
 * Whether there are compiled kernels. They are compiled when first used, within a millisecond, so nothing needs to wait; only where an engine refuses that on its main thread
 * are they loaded in the background, and until they are there plain code computes the same bits.
 *
 * @returns whether there are kernels; false, said once on the console, where WebAssembly is missing or refused (a content security policy without 'wasm-unsafe-eval')
 * @example
 * await kernelsReady()
 */
export function ready(): Promise<boolean> {
  if (arenaIfReady()) return Promise.resolve(true)
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
  return arenaOf((await WebAssembly.instantiate(bytesOf(wasm))).instance)
}

function arenaOf(instance: WebAssembly.Instance): Arena {
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

/** Base64 by hand: audio worklets have no `atob`. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.floor((base64.replace(/=+$/, '').length * 3) / 4))
  let bits = 0
  for (let i = 0, at = 0; at < bytes.length; i++) {
    bits = (bits << 6) | digitOf(base64.charCodeAt(i))
    if (i % 4 > 0) bytes[at++] = bits >> (6 - 2 * (i % 4))
  }
  return bytes
}

/** What a letter of base64 stands for: A to Z, a to z, 0 to 9, + and /. */
function digitOf(code: number): number {
  if (code > 96) return code - 71
  if (code > 64) return code - 65
  if (code > 47) return code + 4
  return code > 43 ? 63 : 62
}
