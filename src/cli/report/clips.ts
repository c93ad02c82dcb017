import { existsSync } from 'node:fs'
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Row } from '../../sources/collections/collection.ts'

/** What a page plays: an address, and from when to when where that is known. */
export type Clip = readonly [address: string, start?: number, end?: number]

/** Of a manifest, a recording or a piece of one, by its id. */
export type Recordings = ReadonlyMap<string, { readonly file: string; readonly start: number }>

/** What browsers play. */
const playable = /\.(wav|mp3|flac|ogg|oga|opus|m4a|aac|weba|webm)$/i

/**
 * Where the sound of a row is, seen from a page: its id is the path of a file, or stands in a manifest. Paths that were relative are so from the page, so that page and sounds may go elsewhere together; absolute ones stay such.
 * @param page the page's path
 */
export function clipsFrom(page: string, recordings: Recordings | undefined): (row: Row) => Clip | undefined {
  const known = new Map<string, string | undefined>()
  const addressOf = (file: string) => {
    if (!known.has(file)) known.set(file, playable.test(file) && existsSync(file) ? addressFrom(page, file) : undefined)
    return known.get(file)
  }
  return ({ id, start, end }) => {
    const listed = recordings?.get(id)
    const address = addressOf(listed?.file ?? id)
    if (address === undefined) return undefined
    const from = listed?.start ?? 0
    return end > start ? [address, to3(from + start), to3(from + end)] : [address]
  }
}

function addressFrom(page: string, file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).href
  return relative(dirname(resolve(page)), resolve(file))
    .split(sep)
    .map(encodeURIComponent)
    .join('/')
}

function to3(seconds: number): number {
  return Number(seconds.toFixed(3))
}
