/** A vector as bars up and down from 0. */
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
  const [low, high] = [Math.min(0, ...vector), Math.max(0, ...vector)]
  const yOf = (value: number) => ((high - value) / (high - low || 1)) * height
  const step = width / vector.length
  context.fillStyle = getComputedStyle(canvas).getPropertyValue('accent-color')
  for (const [i, value] of vector.entries()) {
    const [top, bottom] = [yOf(Math.max(value, 0)), yOf(Math.min(value, 0))]
    context.fillRect(i * step, top, Math.max(step - (step > 4 ? 1 : 0), 1), Math.max(bottom - top, 1))
  }
}
