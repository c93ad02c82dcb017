import type { Observable } from 'rxjs'
import type { Frames, Layout } from '../../core/frames.ts'

/** A sentence model that reads texts as a whole: what a token is depends on those beside it. */
export interface TransformerModel {
  /** What it was loaded by. */
  readonly name: string
  /** The layout of its tokens' frames, without a length. */
  readonly layout: Layout
  /** The frames of a text. */
  whole(text: string): Observable<Frames>
}
