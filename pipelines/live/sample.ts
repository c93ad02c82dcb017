// What is heard without a microphone: four words by one voice, then by another, with time between them to name one and to see it found.

/** WAV of 16-bit samples at `rate`, in the bundle, since the page's policy forbids to fetch anything. */
const words = import.meta.glob<string>('../../samples/audio/words/{elephant,umbrella,garden,ship}-{v1,v3}.wav', {
  query: '?inline',
  import: 'default',
  eager: true,
})

export const rate = 16000
const header = 44
/** Samples of silence before the first word and after each. */
const pause = 1.5 * rate

/** Samples of a `data:` URL of a WAV file. */
function samplesOf(url: string): Float32Array {
  const bytes = Uint8Array.from(atob(url.slice(url.indexOf(',') + 1)), (letter) => letter.charCodeAt(0))
  const view = new DataView(bytes.buffer, header)
  return Float32Array.from({ length: view.byteLength / 2 }, (_, i) => view.getInt16(2 * i, true) / 2 ** 15)
}

const parts: readonly Float32Array[] = Object.entries(words)
  .sort(([a], [b]) => (a.slice(-6) < b.slice(-6) ? -1 : 1))
  .map(([, url]) => samplesOf(url))

/** The words with their pauses. */
export const sample: Float32Array = new Float32Array(parts.reduce((length, part) => length + part.length + pause, pause))
let at = pause
for (const part of parts) {
  sample.set(part, at)
  at += part.length + pause
}
