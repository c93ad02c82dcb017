/** A text that may hold addresses, with *** for all that may be a password. */
export function withoutPassword(text: string): string {
  return text.replace(/(\/\/[^\s/:@]*):[^\s]*@/g, '$1:***@').replace(/([?&]password=)[^\s&#]*/gi, '$1***')
}
