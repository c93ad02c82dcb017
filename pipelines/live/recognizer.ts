// The part of the page that is taught: words as they are cut, the sounds remembered, and the nearest of them.
import { type Frames, spanOf } from 'poolwise'
import { merge, type Observable, tap } from 'rxjs'
import { button, form, input, list, show } from './elements.ts'
import { type Match, nearest, type Remembered } from './nearest.ts'
import { type Heard, heardWords, Recent, vectorOf } from './words.ts'

/** Below such a cosine nothing that is remembered is like it. */
const least = 0.4
/** Words that stay listed. */
const listed = 24
/** Seconds of a press that are recorded, and that are too short for a sound. */
const [longest, shortest] = [8, 0.15]

export class Recognizer {
  #remembered: Remembered[] = []
  #last: Heard | undefined
  #recent = new Recent(longest)
  #now = 0
  #pressed: number | undefined

  constructor() {
    form('teach').addEventListener('submit', (event) => {
      event.preventDefault()
      if (this.#last) this.#remember(this.#last.vector)
    })
    const hold = button('hold')
    hold.addEventListener('pointerdown', ({ pointerId }) => {
      hold.setPointerCapture(pointerId)
      this.#press()
    })
    for (const name of ['pointerup', 'pointercancel', 'blur'] as const) hold.addEventListener(name, () => this.#release())
    const held = ({ key }: KeyboardEvent) => key === ' ' || key === 'Enter'
    hold.addEventListener('keydown', (event) => {
      if (held(event) && !event.repeat) this.#press()
    })
    hold.addEventListener('keyup', (event) => {
      if (held(event)) this.#release()
    })
  }

  /** Listens for words as long as somebody listens to it. */
  hear(samples$: Observable<Frames>): Observable<unknown> {
    this.#recent = new Recent(longest)
    this.#pressed = undefined
    const kept$ = samples$.pipe(
      tap((block) => {
        this.#recent.push(block)
        this.#now = spanOf(block, block.start + block.length)[0]
      }),
    )
    return merge(kept$, heardWords(samples$).pipe(tap((word) => this.#heard(word))))
  }

  #heard(word: Heard): void {
    this.#last = word
    button('remember').disabled = false
    const matches = nearest(word.vector, this.#remembered)
    const best = matches[0]
    const name = best && best.similarity >= least ? best.name : undefined
    show('word', name ?? (best ? 'nothing like it' : 'a sound without a name'))
    const item = document.createElement('li')
    item.textContent = name ? `${name} ${best!.similarity.toFixed(2)}` : '?'
    Object.assign(item.dataset, { name: name ?? '', start: word.start, end: word.end })
    const heard = list('heard')
    heard.prepend(item)
    while (heard.children.length > listed) heard.lastElementChild!.remove()
    this.#list(matches)
  }

  #press(): void {
    this.#pressed ??= this.#now
    button('hold').setAttribute('aria-pressed', 'true')
  }

  #release(): void {
    const from = this.#pressed
    this.#pressed = undefined
    button('hold').removeAttribute('aria-pressed')
    if (from === undefined) return
    if (this.#now - from < shortest) show('hint', 'Hold the button while the sound lasts.')
    else this.#remember(vectorOf(this.#recent.between(from, this.#now)))
  }

  #remember(vector: Float32Array): void {
    const name = input('name').value.trim() || `sound ${this.#remembered.length + 1}`
    this.#remembered.push({ name, vector })
    input('name').value = ''
    show('hint', `Remembered “${name}”. Several takes of one name make it surer.`)
    this.#list([])
  }

  #list(matches: readonly Match[]): void {
    const names = [...new Set(this.#remembered.map(({ name }) => name))]
    list('remembered').replaceChildren(...names.map((name) => this.#item(name, matches.find((match) => match.name === name)?.similarity)))
  }

  #item(name: string, similarity: number | undefined): HTMLLIElement {
    const [item, label, bar, number, remove] = ['li', 'span', 'meter', 'span', 'button'].map((tag) => document.createElement(tag)) as [
      HTMLLIElement,
      HTMLSpanElement,
      HTMLMeterElement,
      HTMLSpanElement,
      HTMLButtonElement,
    ]
    label.textContent = name
    bar.value = Math.max(similarity ?? 0, 0)
    bar.setAttribute('aria-label', `Similarity of the last word to ${name}`)
    number.textContent = similarity === undefined ? '–' : similarity.toFixed(2)
    remove.type = 'button'
    remove.textContent = '×'
    remove.setAttribute('aria-label', `Forget ${name}`)
    remove.addEventListener('click', () => {
      this.#remembered = this.#remembered.filter((one) => one.name !== name)
      this.#list([])
      input('name').focus()
    })
    item.append(label, bar, number, remove)
    return item
  }
}
