// Notes of one kind that are given as they come.
const given = 3

/** Notes of one kind: a few as they come, the others counted, so that a million of them are no million lines. */
export class Few {
  #count = 0

  constructor(
    readonly note: (text: string) => void,
    /** What they are about, as in '997 more …'. */
    readonly kind: string,
  ) {}

  add(text: string): void {
    if (this.#count++ < given) this.note(text)
  }

  /** Says how many were not given. */
  end(): void {
    if (this.#count > given) this.note(`${this.#count - given} more ${this.kind}`)
  }
}
