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

button.addEventListener('click', () => {
  button.textContent = listening ? 'Listen' : 'Stop'
  // Unsubscribing closes the microphone.
  if (listening) {
    listening.unsubscribe()
    listening = undefined
    return
  }
  listening = microphone()
    .pipe(
      // How loud it is in 40 bands, from low to high, every 10 ms ...
      logMel({ bands: 40 }),
      // ... and of each band the mean and the greatest value of the last second.
      pool1d(['mean', 'max'], { size: '1s', stride: '100ms' }),
      toVectors(),
    )
    .subscribe({ next: ({ vector }) => (shown.textContent = line(vector)), error: (error) => (shown.textContent = String(error)) })
})
