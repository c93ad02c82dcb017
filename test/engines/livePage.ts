// The live page in each browser that is here: a file is dropped, and the vectors that the page saves are those of Node.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { apply, stageFrom } from 'poolwise'
import { decodeAudio } from 'poolwise/audio'
import { firstValueFrom, toArray } from 'rxjs'
import { build, preview } from 'vite'
import { stagesOf } from '../../pipelines/live/choices.ts'
import { join as joined } from '../../src/core/frames.ts'
import { root } from '../house/source.ts'
import { allBrowsers } from './browsers.ts'
import { missing } from './engine.ts'

export interface Seen {
  readonly name: string
  readonly version: string
  /** What is wrong, if anything is. */
  readonly fault?: string
}

/** @param outDir a folder for the built page */
export async function livePage(outDir: string): Promise<Seen[]> {
  const file = readFileSync(join(root, 'samples/audio/formats/stereo-44k.wav'))
  const frames = joined(await firstValueFrom(decodeAudio(new Uint8Array(file)).pipe(toArray())))!
  // As the controls are when the page is opened.
  const stages = stagesOf({ feature: 'log-mel', pooling: 'mean', size: 0.5, stride: 0.1, way: '1d' }, '1d')
  const expected = Array.from(apply({ ...frames, layout: { ...frames.layout, length: frames.length } }, ...stages.map(stageFrom)).data)
  const configFile = join(root, 'pipelines/live/vite.config.ts')
  await build({ configFile, logLevel: 'warn', build: { outDir } })
  const server = await preview({ configFile, logLevel: 'warn', build: { outDir }, preview: { port: 0 } })
  const seen: Seen[] = []
  try {
    for (const browser of allBrowsers.filter((one) => !missing(one))) {
      const { name } = browser
      try {
        const one = await browser.open(server.resolvedUrls!.local[0]!, async ({ version, evaluate }) => {
          const heard = JSON.parse(await evaluate(dropped(file.toString('base64')))) as number[]
          const others = expected.filter((value, i) => value !== heard[i]).length
          const same = expected.length > 0 && heard.length === expected.length && others === 0
          return {
            name,
            version,
            ...(!same && { fault: `${heard.length} values; of the ${expected.length} of Node ${others} are others` }),
          }
        })
        seen.push(one)
      } catch (error) {
        seen.push({ name, version: '', fault: String(error) })
      }
    }
  } finally {
    await server.close()
  }
  return seen
}

/** Drops a file on the page, waits until it was heard, and gives the values that the page saves as JSON Lines. */
function dropped(base64: string): string {
  return `(async () => {
    const bytes = Uint8Array.from(atob('${base64}'), (letter) => letter.charCodeAt(0))
    const transfer = new DataTransfer()
    transfer.items.add(new File([bytes], 'dropped.wav'))
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }))
    const status = document.getElementById('status')
    for (let i = 0; status.textContent !== 'Heard all of dropped.wav.'; i++) {
      if (i > 300) throw new Error(status.textContent)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    await new Promise((resolve) => setTimeout(resolve, 500))
    const saved = new Promise((resolve) => {
      const { createObjectURL } = URL
      URL.createObjectURL = (blob) => {
        resolve(blob)
        return createObjectURL(blob)
      }
    })
    document.getElementById('jsonl').click()
    const lines = (await (await saved).text()).trim().split('\\n')
    return JSON.stringify(lines.flatMap((line) => JSON.parse(line).vector.map(Math.fround)))
  })()`
}
