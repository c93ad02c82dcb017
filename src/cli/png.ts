import { deflateSync } from 'node:zlib'

/** What an index of a byte can name. */
const most = 256

/**
 * A picture as PNG with a palette, a third of the size of one without: pictures of data have few colors. Of more than 256 the most frequent stay, and others become the nearest of them.
 *
 * @param pixels red, green, blue and alpha, opaque
 * @source PNG specification (W3C 2003), color type 3
 */
export function png(pixels: Uint8ClampedArray, width: number, height: number): Uint8Array {
  const counts = new Map<number, number>()
  for (let at = 0; at < pixels.length; at += 4) {
    const color = rgbAt(pixels, at)
    counts.set(color, (counts.get(color) ?? 0) + 1)
  }
  const palette = [...counts.keys()].sort((a, b) => counts.get(b)! - counts.get(a)! || a - b).slice(0, most)
  const indices = new Map(palette.map((color, i) => [color, i]))
  // A row begins with its filter: 0, none.
  const rows = new Uint8Array(height * (width + 1))
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const color = rgbAt(pixels, 4 * (y * width + x))
      if (!indices.has(color)) indices.set(color, nearest(palette, color))
      rows[y * (width + 1) + 1 + x] = indices.get(color)!
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 3, 0, 0, 0], 8)
  return Buffer.concat([
    Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10),
    chunk('IHDR', header),
    chunk('PLTE', Uint8Array.from(palette.flatMap(parts))),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', new Uint8Array(0)),
  ])
}

/** The remainder of a message by the polynomial of IEEE 802.3; Node's zlib has it only from 20.15 on. */
function crc32(bytes: Uint8Array): number {
  let rest = 0xffffffff
  for (const byte of bytes) {
    rest ^= byte
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0)
  }
  return ~rest >>> 0
}

function rgbAt(pixels: Uint8ClampedArray, at: number): number {
  return (pixels[at]! << 16) | (pixels[at + 1]! << 8) | pixels[at + 2]!
}

function parts(color: number): [red: number, green: number, blue: number] {
  return [color >> 16, (color >> 8) & 255, color & 255]
}

function nearest(palette: readonly number[], color: number): number {
  const wanted = parts(color)
  const distances = palette.map((one) => parts(one).reduce((sum, part, i) => sum + (part - wanted[i]!) ** 2, 0))
  return distances.indexOf(Math.min(...distances))
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), data])
  const ends = Buffer.alloc(8)
  ends.writeUInt32BE(data.length, 0)
  ends.writeUInt32BE(crc32(named), 4)
  return Buffer.concat([ends.subarray(0, 4), named, ends.subarray(4)])
}
