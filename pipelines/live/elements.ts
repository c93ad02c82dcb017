/** The page's elements by their ids, which are all in index.html. */
function element<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id)
  if (!found) throw new RangeError(`the page: expected an element with the id ${id}, got none`)
  return found as T
}

export const button = (id: string) => element<HTMLButtonElement>(id)
export const canvas = (id: string) => element<HTMLCanvasElement>(id)
export const form = (id: string) => element<HTMLFormElement>(id)
export const input = (id: string) => element<HTMLInputElement>(id)
export const level = (id: string) => element<HTMLMeterElement>(id)
export const list = (id: string) => element<HTMLUListElement>(id)
export const select = (id: string) => element<HTMLSelectElement>(id)

/** Sets a text, where it is another, so that readers of screens are not told the same again. */
export function show(id: string, text: string): void {
  const place = element(id)
  if (place.textContent !== text) place.textContent = text
}

/** What is chosen of a list that was filled with such names. */
export function choiceIn<Name extends string>(id: string): Name {
  return select(id).value as Name
}

export function fill(id: string, names: readonly string[], chosen = names[0]): void {
  select(id).replaceChildren(...names.map((name) => new Option(name, name, name === chosen, name === chosen)))
}

/** Gives a file to whoever uses the page. */
export function saved(name: string, content: BlobPart): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([content]))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
