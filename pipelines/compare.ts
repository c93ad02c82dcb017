// One recording through six poolings of its log-mel spectrogram, side by side. A list of poolings is their concatenation.
// Run it: npx tsx pipelines/compare.ts samples/audio/words/banana-v1.wav (the table), or npx poolwise run pipelines/compare.ts FILES (the vectors)
import { pathToFileURL } from 'node:url'
import { globalPool, logMel, mixed, softPool } from 'poolwise'
import { definePipeline, type Pipeline } from 'poolwise/node'
import { firstValueFrom } from 'rxjs'

const halves = mixed([
  ['mean', 0.5],
  ['max', 0.5],
])

const compare: Pipeline = definePipeline({
  source: { source: 'audioFiles', inputs: ['samples/audio/words/banana-v1.wav'] },
  stages: [logMel({ bands: 16, offset: 1e-4 }), globalPool(['mean', 'std', 'min', 'max', softPool(), halves])],
})

export default compare

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const paths = process.argv.slice(2)
  const item = await firstValueFrom(compare.run(paths.length > 0 ? paths : undefined))
  if ('error' in item) throw item.error
  // A name is a band and a pooling, as in 'mel12.max'.
  const [bands, poolings] = [0, 1].map((part) => [...new Set(item.names.map((name) => name.split('.')[part]!))]) as [string[], string[]]
  const value = (band: string, pooling: string) => item.vector[item.names.indexOf(`${band}.${pooling}`)]!.toFixed(2)
  console.log(`${item.id}, ${item.end.toFixed(2)} s: ln of the power in 16 mel bands, ${poolings.length} poolings over time\n`)
  for (const cells of [['band', ...poolings], ...bands.map((band) => [band, ...poolings.map((pooling) => value(band, pooling))])])
    console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(6) : cell.padStart(10))).join(''))
}
