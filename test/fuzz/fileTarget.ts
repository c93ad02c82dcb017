import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { firstValueFrom } from 'rxjs'
import { audioFiles } from '../../src/node.ts'
import { type Bytes, damaged } from './bytewise.ts'
import { finite, heard, soundsIn } from './hearing.ts'
import { must } from './judge.ts'
import { jsonNonsense } from './nonsense.ts'
import type { Target } from './target.ts'

/** Beginnings that belong to something else. */
const magics = [
  'RIFF',
  'OggS',
  'fLaC',
  'ID3\x04\x00\x00\x00\x00\x0f\x7f',
  '\xff\xfb\x90\x00',
  '\x1aE\xdf\xa3',
  '\0\0\0\x20ftypM4A ',
  'FORM',
  'caff',
  '#!AMR\n',
  '#EXTM3U\n',
  'ffconcat version 1.0\nfile /etc/passwd\n',
]

/** Files of every format there is, spliced and begun as others: as the command line reads them, resampled, with ffmpeg where it is needed. */
export const files: Target = {
  name: 'files',
  says: /^audioFiles: /,
  open({ folder, seeds }) {
    const all = soundsIn(seeds, /./)
    return async (draws, note) => {
      const sound = draws.pick(all)
      const untouched = draws.chance(0.1)
      const kind = draws.below(3)
      const text = () => Uint8Array.from(Buffer.from(draws.pick([JSON.stringify(jsonNonsense(draws)) ?? '', '', 'hello\n'])))
      let bytes: Bytes = sound.bytes
      if (!untouched) bytes = kind === 0 && draws.chance(0.1) ? text() : damaged(bytes, draws, draws.pick(all).bytes)
      if (!untouched && kind === 1) bytes.set(Buffer.from(draws.pick(magics), 'latin1').subarray(0, bytes.length))
      note(`${sound.name}${untouched ? '' : ', damaged'}`)
      const path = join(folder, `${draws.below(2 ** 32)}.bin`)
      writeFileSync(path, bytes)
      try {
        const one = await firstValueFrom(audioFiles(path, { rate: draws.pick([8000, 16_000, 48_000]) }))
        const came = await heard(one.frames)
        finite(came)
        if (untouched) {
          must(
            came.error === undefined,
            () => `${sound.name} as it was encoded is refused: ${(came.error as Error).message.replaceAll(path, 'FILE')}`,
          )
          must(
            came.samples.some((value) => value !== 0),
            () => `${sound.name} is silent`,
          )
        }
        if (came.error !== undefined) throw came.error
      } finally {
        rmSync(path)
      }
    }
  },
}
