import { show } from '../core/check.ts'

/** The message for a file that the system does not let one read; of folders it does not say which. */
export function unreadable(who: string, path: string, { message }: Error): string {
  return `${who}: expected a file that can be read, got ${message}${message.includes(path) ? '' : ` of ${show(path)}`}`
}
