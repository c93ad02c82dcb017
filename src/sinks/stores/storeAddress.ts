import { show } from '../../core/check.ts'
import { withoutPassword } from '../../files/withoutPassword.ts'

/** Where a table of a database is. */
export interface StoreAddress {
  readonly kind: 'lancedb' | 'postgres' | 'sqlite'
  /** The folder of LanceDB, the file of SQLite, or PostgreSQL's URL. */
  readonly place: string
  readonly table: string
  /** The whole, for messages: without its password. */
  readonly shown: string
}

const forms = 'lancedb://DIR#TABLE, postgres://USER@HOST/DATABASE#TABLE or sqlite:FILE#TABLE'
const start = /^(?:(lancedb):\/\/|(postgres)(?:ql)?:\/\/|(sqlite):)/

/** Whether a text means a database, by how it begins. */
export function isStore(path: string): boolean {
  return start.test(path)
}

/** PostgreSQL cuts longer names off. */
const mostBytes = 63

/** A name that every database takes, and that means the same to all of them. */
export function isColumnName(name: string): boolean {
  return /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) && Buffer.byteLength(name) <= mostBytes
}

/**
 * Reads an address.
 * @throws TypeError for what is none; it never tells a password
 */
export function storeAddress(who: string, address: unknown): StoreAddress {
  const text = typeof address === 'string' ? address : ''
  const [whole = '', lancedb, postgres, sqlite] = start.exec(text) ?? []
  const hash = text.lastIndexOf('#')
  const table = text.slice(hash + 1)
  const kind = (lancedb ?? postgres ?? sqlite) as StoreAddress['kind']
  const place = postgres ? text.slice(0, hash) : text.slice(whole.length, hash)
  const taken = table === aboutTable && kind === 'sqlite'
  if (kind === undefined || hash < 0 || place === '' || !isColumnName(table) || taken || (postgres && !URL.canParse(place)))
    throw new TypeError(
      `${who}: expected ${forms}, the table named by letters, digits and _, got ${typeof address === 'string' ? show(withoutPassword(address)) : show(address)}`,
    )
  return { kind, place, table, shown: withoutPassword(text) }
}

/** The table in which SQLite, which has no comments, keeps what others keep beside theirs. */
export const aboutTable = 'poolwise'
