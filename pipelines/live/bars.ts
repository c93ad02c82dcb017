/** A vector as bars, from its least value up. */
export function drawBars(canvas: HTMLCanvasElement, vector: Float32Array | undefined): void {
  const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((size) => Math.max(Math.round(size * devicePixelRatio), 1)) as [
    number,
    number,
  ]
  if (canvas.width !== width) canvas.width = width
  if (canvas.height !== height) canvas.height = height
  const context = canvas.getContext('2d')!
  context.clearRect(0, 0, width, height)
  if (!vector) return
  const [least, high] = [Math.min(...vector), Math.max(...vector)]
  // The least is seen, too.
  const low = least - 0.04 * (high - least)
  const yOf = (value: number) => ((high - value) / (high - low || 1)) * height
  const step = width / vector.length
  context.fillStyle = getComputedStyle(canvas).getPropertyValue('accent-color')
  for (const [i, value] of vector.entries()) {
    const top = Math.min(yOf(value), height - 1)
    context.fillRect(i * step, top, Math.max(step - (step > 4 ? 1 : 0), 1), height - top)
  }
}
