// A microphone in, a vector every 100 ms of the last second out, here drawn as a line of blocks.
import { logMel, pool1d, toVectors } from 'poolwise'
import { microphone } from 'poolwise/audio'
import type { Subscription } from 'rxjs'

const [button, shown] = ['listen', 'vector'].map((id) => document.getElementById(id)!) as [HTMLElement, HTMLElement]
const blocks = '▁▂▃▄▅▆▇█'
let listening: Subscription | undefined

/** From the least value of a vector to the greatest. */
function line(vector: Float32Array): string {
  const [low, high] = [Math.min(...vector), Math.max(...vector)]
  return Array.from(vector, (value) => blocks[Math.round(((value - low) / (high - low || 1)) * (blocks.length - 1))]).join('')
}

/** Unsubscribing closes the microphone. */
function stop(error?: unknown): void {
  listening?.unsubscribe()
  listening = undefined
  button.textContent = 'Listen'
  if (error) shown.textContent = String(error)
}

button.addEventListener('click', () => {
  if (listening) return stop()
  button.textContent = 'Stop'
  // How loud it is in 40 bands every 10 ms, and of each the mean and the greatest value of the last second.
  listening = microphone()
    .pipe(logMel({ bands: 40 }), pool1d(['mean', 'max'], { size: '1s', stride: '100ms' }), toVectors())
    .subscribe({ next: ({ vector }) => (shown.textContent = line(vector)), error: stop })
})
