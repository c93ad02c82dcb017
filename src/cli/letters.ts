import type { SKRSContext2D } from '@napi-rs/canvas'

export const font = 'DejaVu Sans'
export const black = '#1a1a1a'

export interface Style {
  readonly size?: number
  readonly color?: string
  readonly align?: 'left' | 'center' | 'right'
}

/** Writes a line of text. */
export function write(context: SKRSContext2D, text: string, left: number, baseline: number, style: Style = {}): void {
  context.font = `${style.size ?? 14}px "${font}"`
  context.fillStyle = style.color ?? black
  context.textAlign = style.align ?? 'left'
  context.fillText(text, left, baseline)
}

/** Writes a line of text from below upward, centered. */
export function upward(context: SKRSContext2D, text: string, left: number, middle: number, style: Style = {}): void {
  context.save()
  context.translate(left, middle)
  context.rotate(-Math.PI / 2)
  write(context, text, 0, 0, { ...style, align: 'center' })
  context.restore()
}
