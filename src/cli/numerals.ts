/** What times are of; undefined where a collection does not tell. */
export type Unit = 'second' | 'token' | undefined

/** A whole number with its thousands apart. */
export function whole(x: number): string {
  return String(Math.round(x)).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** Three digits, as many as a figure lets one see. */
export function short(x: number): string {
  if (!Number.isFinite(x)) return String(x)
  if (x === 0) return '0'
  const size = Math.abs(x)
  if (size >= 1000 && size < 1e6) return `${x < 0 ? '−' : ''}${whole(size)}`
  const text = String(Number(x.toPrecision(3)))
  return text.replace('-', '−')
}

/** What a share is of a hundred; near both ends by tenths, so that nearly all is not all. */
export function percent(share: number): string {
  const x = 100 * share
  if (x > 0 && x < 10) return `${Math.max(0.1, x).toFixed(1)} %`
  return `${x > 99 && x < 100 ? Math.min(99.9, x).toFixed(1) : Math.round(x)} %`
}

/** A length: of sound in hours, minutes and seconds. */
export function lengthOf(x: number, unit: Unit): string {
  if (unit === 'token') return `${whole(x)} token${Math.round(x) === 1 ? '' : 's'}`
  if (unit === undefined) return short(x)
  if (x < 60) return `${short(x)} s`
  const total = Math.round(x)
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60]
  const two = (n: number) => String(n).padStart(2, '0')
  return hours > 0 ? `${whole(hours)}:${two(minutes)}:${two(seconds)} h` : `${minutes}:${two(seconds)} min`
}

/** How many of something. */
export function counted(count: number, one: string, more = `${one}s`): string {
  return `${whole(count)} ${count === 1 ? one : more}`
}
