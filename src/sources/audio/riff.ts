import { DataError } from '../../core/check.ts'
import { type Cursor, viewOf } from '../../files/bytes.ts'

/** What comes before the samples of a WAV. */
export interface RiffHeader {
  /** The chunk `fmt `, or its first 48 bytes. */
  readonly format: DataView
  readonly littleEndian: boolean
  /** Bytes of samples. */
  readonly size: number
  /** Where the file ends, as its head says. */
  readonly end: number
  /** Whether the size has 32 bits: a writer that did not know it, or passed 4 GB, had to lie. */
  readonly narrow: boolean
}

/** How one of the family writes its chunks. */
interface Dialect {
  /** The ids of the file and of its form. */
  readonly file: string
  readonly form: string
  /** What follows the four letters of a chunk's id. */
  readonly suffix: string
  readonly littleEndian: boolean
  /** Bytes of a size. */
  readonly width: 4 | 8
  /** Bytes of a chunk's own head that its size counts. */
  readonly counted: number
  /** Chunks begin at multiples of it. */
  readonly align: number
}

const riff: Dialect = { file: 'RIFF', form: 'WAVE', suffix: '', littleEndian: true, width: 4, counted: 0, align: 2 }
const guid = '\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a'
const wave64 = {
  file: 'riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00',
  form: `wave${guid}`,
  suffix: guid,
  littleEndian: true,
  width: 8,
  counted: 24,
  align: 8,
} as const
const family: readonly Dialect[] = [
  riff,
  { ...riff, file: 'RIFX', littleEndian: false },
  { ...riff, file: 'RF64' },
  { ...riff, file: 'BW64' },
  wave64,
]

/** Stands for a size that the chunk ds64 holds. */
const elsewhere = 0xffffffff
/** Enough of ds64 for thousands of sizes. */
const most = 2 ** 16

/**
 * Goes on to the first sample of a RIFF, RIFX (big-endian), RF64, BW64 or Wave64 file.
 *
 * @see Microsoft, Multimedia Programming Interface and Data Specifications 1.0 (1991); EBU Tech 3306 (RF64); ITU-R BS.2088 (BW64); Sonic Foundry, Sony Wave64 (2002)
 */
export async function riffHeader(who: string, bytes: Cursor): Promise<RiffHeader> {
  const first = viewOf(await bytes.peek(40))
  const dialect = family.find(
    ({ file, form, width }) => text(first, 0, file.length) === file && text(first, file.length + width, form.length) === form,
  )
  if (dialect === undefined) throw new DataError(`${who}: expected a RIFF WAVE header, got another`)
  const { file, form, suffix, littleEndian, width, counted, align } = dialect
  const head = file.length + width
  const sizeOf = (chunk: DataView) => (width === 4 ? chunk.getUint32(head - 4, littleEndian) : long(chunk, head - 8)) - counted
  let end = head + sizeOf(first)
  let sizes: ReadonlyMap<string, number> = new Map()
  let format: DataView | undefined
  await bytes.skip(head + form.length)
  for (;;) {
    const chunk = viewOf(await bytes.peek(head))
    if (chunk.byteLength < head)
      throw new DataError(`${who}: expected a "data" chunk, got the end of the file after ${bytes.position} bytes`)
    const name = text(chunk, 4, suffix.length) === suffix ? text(chunk, 0, 4) : ''
    const own = sizeOf(chunk)
    const long = own === elsewhere ? sizes.get(name) : undefined
    const size = long ?? own
    // So begins the Wave64 that sox sends through a pipe, whose headers then stand among the samples.
    if (size < 0) throw new DataError(`${who}: expected chunks of at least ${counted} bytes, got one of ${size + counted}`)
    await bytes.skip(head)
    if (name === 'data') {
      if (format === undefined) throw new DataError(`${who}: expected a "fmt " chunk before the samples, got none`)
      return { format, littleEndian, size, end, narrow: width === 4 && long === undefined }
    }
    if (name === 'fmt ') {
      // A copy: the cursor goes on.
      format = viewOf(new Uint8Array(await bytes.peek(Math.min(size, 48))))
      if (format.byteLength < 16) throw new DataError(`${who}: expected a "fmt " chunk of at least 16 bytes, got ${format.byteLength}`)
    }
    if (name === 'ds64') {
      const wide = viewOf(await bytes.peek(Math.min(size, most)))
      if (wide.byteLength < 28) throw new DataError(`${who}: expected a "ds64" chunk of at least 28 bytes, got ${wide.byteLength}`)
      sizes = sizesIn(wide)
      end = head + sizes.get(file)!
    }
    await bytes.skip(Math.ceil(size / align) * align)
  }
}

/** What ds64 holds: the sizes of the file and of its samples, and after their number and its own length a table of others. */
function sizesIn(chunk: DataView): Map<string, number> {
  const table = Array.from({ length: Math.floor((chunk.byteLength - 28) / 12) }, (_, i) => 28 + 12 * i)
  const others = table.map((at) => [text(chunk, at, 4), long(chunk, at + 4)] as const)
  return new Map([...others, ['RF64', long(chunk, 0)], ['BW64', long(chunk, 0)], ['data', long(chunk, 8)]])
}

function long(bytes: DataView, at: number): number {
  return Number(bytes.getBigUint64(at, true))
}

/** As many letters as there are. */
function text({ buffer, byteOffset, byteLength }: DataView, at: number, length: number): string {
  return String.fromCharCode(...new Uint8Array(buffer, byteOffset, byteLength).subarray(at, at + length))
}
