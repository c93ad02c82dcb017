/** A value that a table holds as JSON text: numbers past 2⁵³ keep their digits, times are ISO's, bytes are hexadecimal; null where it is no value of JSON. */
export function jsonText(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  return (
    JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? inJson(part) : isBytes(part) ? hexadecimal(part) : part)) ??
    'null'
  )
}

/** Within lists and objects numbers have no text of their own. */
function inJson(value: bigint): number | string {
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array
}

function hexadecimal(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
