import { refusal } from '../core/check.ts'
import type { Pooling } from '../core/pooling.ts'
import type { ReadWindow } from '../core/window.ts'

/**
 * In PyTorch padding counts in means, unless it is said not to. A list has one window for all, so there it must be said; a position in padding is none.
 */
export function padded(who: string, options: ReadWindow, { spec, positional }: Pooling): ReadWindow {
  const { dialect, includePad, padding } = options
  const names = JSON.stringify(spec)
  if (includePad && positional) throw refusal(who, 'includePad must be false where positions are asked for', includePad)
  if (dialect !== 'torch' || includePad !== undefined || !names.includes('"mean"') || padding === 'valid' || padding === 0) return options
  if (spec !== 'mean')
    throw new TypeError(`${who}: with dialect 'torch' expected includePad, true or false, for a mean among ${names}, got neither`)
  return { ...options, includePad: true }
}
