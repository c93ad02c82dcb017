/**
 * The members of a JSON object as they are written, each value as JSON text: a parser would round numbers past 2⁵³. Of equal names the last counts, as for JSON.parse.
 *
 * @param json an object that JSON.parse takes
 */
export function membersOf(json: string): Map<string, string> {
  const members = new Map<string, string>()
  let at = json.indexOf('{') + 1
  for (;;) {
    const name = json.indexOf('"', at)
    if (name < 0) return members
    const colon = json.indexOf(':', stringEnd(json, name))
    const end = valueEnd(json, colon + 1)
    members.set(JSON.parse(json.slice(name, colon)) as string, json.slice(colon + 1, end).trim())
    if (json[end] === '}') return members
    at = end + 1
  }
}

/** Where a string ends that begins at a place. */
function stringEnd(json: string, from: number): number {
  for (let end = json.indexOf('"', from + 1); ; end = json.indexOf('"', end + 1)) {
    let slashes = 0
    while (json[end - 1 - slashes] === '\\') slashes++
    if (slashes % 2 === 0) return end + 1
  }
}

/** Where the comma or the brace is that ends a value. */
function valueEnd(json: string, from: number): number {
  let depth = 0
  for (let at = from; ; at++) {
    const letter = json[at]
    if (letter === '"') at = stringEnd(json, at) - 1
    else if (letter === '{' || letter === '[') depth++
    else if (depth === 0 && (letter === ',' || letter === '}')) return at
    else if (letter === '}' || letter === ']') depth--
  }
}
