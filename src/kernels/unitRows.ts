/** Rows divided by their Euclidean length, taken in float64; rows of zeros stay zeros. Source: torch.nn.functional.normalize. */
export function unitRows(data: Float32Array, width: number): Float32Array {
  const out = new Float32Array(data.length)
  for (let from = 0; from < data.length; from += width) {
    let squares = 0
    for (let i = from; i < from + width; i++) squares += data[i]! * data[i]!
    const norm = Math.max(Math.sqrt(squares), 1e-12)
    for (let i = from; i < from + width; i++) out[i] = data[i]! / norm
  }
  return out
}
