// Bit rates of layer III in kbit/s by their index, 0 for a free one, for MPEG-1 and for the half rates of MPEG-2 and 2.5; sample rates of MPEG-1.
const bitRates = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
const halfBitRates = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
const rates = [44100, 48000, 32000]

/** Whether an MPEG audio frame header is there (ISO 11172-3 §2.4.2.3): sync, a version, layer III, a bit rate and a rate that exist. */
export function beginsFrame([sync, version = 0, bits = 0]: Uint8Array): boolean {
  return (
    sync === 0xff &&
    (version & 0xe0) === 0xe0 &&
    (version & 0x18) !== 0x08 &&
    (version & 0x06) === 0x02 &&
    bits >> 4 !== 15 &&
    (bits & 0x0c) !== 0x0c
  )
}

/** Bytes in the frame that begins with a header (§2.4.3.1); undefined for what is no header, and for a free bit rate. */
function sizeOf(header: Uint8Array): number | undefined {
  const [, version = 0, bits = 0] = header
  const index = bits >> 4
  if (!beginsFrame(header) || index === 0) return undefined
  const first = (version & 0x18) === 0x18
  const rate = rates[(bits >> 2) & 3]! / (first ? 1 : version & 0x10 ? 2 : 4)
  const kilobits = (first ? bitRates : halfBitRates)[index]!
  return Math.floor(((first ? 144 : 72) * 1000 * kilobits) / rate) + ((bits >> 1) & 1)
}

/** Chunks, and what the frames in them were found to lack. */
interface Followed extends AsyncIterable<Uint8Array> {
  /** Bytes missing of the last frame so far; 0 after anything that is no frame, such as a tag at the end. */
  readonly missing: number
}

/** Passes an MP3 on, going from frame to frame by their sizes. */
export function followed(chunks: AsyncIterable<Uint8Array>): Followed {
  const header: number[] = []
  let missing = 0
  let lost = false
  const follow = (chunk: Uint8Array): void => {
    for (let at = 0; at < chunk.length && !lost; ) {
      if (missing > 0) {
        const step = Math.min(missing, chunk.length - at)
        at += step
        missing -= step
        continue
      }
      header.push(chunk[at++]!)
      if (header.length < 4) continue
      const size = sizeOf(Uint8Array.from(header.splice(0)))
      lost = size === undefined
      missing = size === undefined ? 0 : size - 4
    }
  }
  return {
    get missing() {
      return missing
    },
    async *[Symbol.asyncIterator]() {
      for await (const chunk of chunks) {
        follow(chunk)
        yield chunk
      }
    },
  }
}
