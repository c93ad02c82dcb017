// The whole way from a file to its vector, and what each part of it takes.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apply, eachSequence, globalPool, logMel, signal, toVectors } from 'poolwise'
import { audioFiles } from 'poolwise/node'
import { concatMap, lastValueFrom, type Observable } from 'rxjs'
import { rate, sound } from './ours.ts'
import { torch } from './pytorch.ts'
import { goal, measure, type Pace, significant, type Table, times } from './timing.ts'

const hour = 3600
const pace: Pace = { runs: 5, rounds: 15, seconds: 1 }

export function wavOf(samples: Float32Array): Uint8Array {
  const bytes = new Uint8Array(44 + 2 * samples.length)
  const view = new DataView(bytes.buffer)
  const tag = (at: number, text: string) => bytes.set(new TextEncoder().encode(text), at)
  tag(0, 'RIFF')
  view.setUint32(4, bytes.length - 8, true)
  tag(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, rate, true)
  view.setUint32(28, 2 * rate, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  tag(36, 'data')
  view.setUint32(40, 2 * samples.length, true)
  new Int16Array(bytes.buffer, 44).set(samples.map((x) => Math.max(-1, Math.min(1, x)) * 32767))
  return bytes
}

const last = (stream: Observable<unknown>) => lastValueFrom(stream, { defaultValue: undefined })

export async function recording(): Promise<Table> {
  const folder = mkdtempSync(join(tmpdir(), 'poolwise-bench-'))
  try {
    const path = join(folder, 'hour.wav')
    const minutes = sound(rate * 60)
    const samples = new Float32Array(rate * hour)
    for (let at = 0; at < samples.length; at += minutes.length) samples.set(minutes, at)
    writeFileSync(path, wavOf(samples))
    const parts: [name: string, run: () => unknown][] = [
      ['log-mel of the samples in memory', () => apply(signal(samples, { rate }), logMel())],
      ['file → log-mel → stats → vector', () => last(audioFiles(path).pipe(eachSequence(logMel(), globalPool('stats')), toVectors()))],
      ['file → samples', () => last(audioFiles(path).pipe(concatMap(({ frames }) => frames)))],
      ['file → log-mel', () => last(audioFiles(path).pipe(concatMap(({ frames }) => frames.pipe(logMel()))))],
      ['file → stats of the samples', () => last(audioFiles(path).pipe(eachSequence(globalPool('stats')), toVectors()))],
    ]
    const measured = await measure(
      parts.map(([, run]) => run),
      pace,
    )
    const rows = measured.map(({ time, toFirst, toSecond, count }, i) => [
      parts[i]![0],
      times(toFirst),
      i === 1 ? goal(toFirst, { most: 2 }) : '',
      i < 2 ? '' : times(toSecond),
      '',
      significant(time),
      significant((hour * 1000) / time),
      String(count),
    ])
    const theirs = (await torch(['pipeline'], path)).pipeline ?? []
    const whole = measured[1]!.time
    for (const { who, time, count } of theirs) {
      const faster = time / whole
      rows.push([
        who,
        '',
        '',
        times(faster),
        goal(faster, { least: 4 }),
        significant(time),
        significant((hour * 1000) / time),
        String(count),
      ])
    }
    return {
      title: 'One hour of a 16 kHz WAV on disk → log-mel → mean and std',
      note: 'torchaudio runs in a process of its own, so that it is compared by its milliseconds here.',
      head: ['work', '× log-mel alone', 'goal', '× our whole way', 'goal of theirs', 'ms', '× real time', 'runs'],
      rows,
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
