// What marking boundaries costs, frame by frame, beside what making the frames from sound does.
import { apply, contentWindows, detectNovelty, detectOnsets, detectSpeech, type Frames, logMel, type Stage, signal } from 'poolwise'
import { rate, sound } from './ours.ts'
import { measure, significant, type Table, times } from './timing.ts'

const seconds = 60

export async function detectors(): Promise<Table> {
  const minute = signal(sound(rate * seconds), { rate })
  const mels = apply(minute, logMel())
  const marking = [
    detectOnsets(),
    detectSpeech(),
    detectNovelty({ radius: '150ms' }),
    detectNovelty({ radius: '1s' }),
    detectNovelty({ radius: '1s', distance: 'cosine' }),
    contentWindows({ max: '500ms' }),
    contentWindows({ max: '2s' }),
  ]
  const works: [stage: Stage, input: Frames][] = [[logMel(), minute], ...marking.map((stage): [Stage, Frames] => [stage, mels])]
  const measured = await measure(
    works.map(
      ([stage, input]) =>
        () =>
          apply(input, stage),
    ),
    { runs: 3, rounds: 5, seconds: 1 },
  )
  return {
    title: `Marking boundaries in a minute of ${mels.layout.bins} mel bands every 10 ms`,
    head: ['stage', 'look-ahead, frames', 'µs a frame', '× logMel', '× faster than it sounds', 'runs'],
    rows: works.map(([stage, input], i) => {
      const { time, toFirst, count } = measured[i]!
      return [
        `\`${JSON.stringify(stage.spec)}\``,
        i === 0 ? '' : String(stage.plan(input.layout).reach.latency),
        significant((1000 * time) / mels.length),
        i === 0 ? '' : times(toFirst),
        significant((1000 * seconds) / time),
        String(count),
      ]
    }),
  }
}
