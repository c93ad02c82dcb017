// The live page: what is heard goes to the strips, the vectors and the recognizer; what is chosen takes effect at once.
import { chain, type Frames, fromHere, type Latencies, latency, stageFrom, toVectors, type Vector, wallTime } from 'poolwise'
import type { TapStats } from 'poolwise/audio'
import { BehaviorSubject, catchError, EMPTY, merge, type Observable, type Subscription, share, switchMap, tap } from 'rxjs'
import { drawBars } from './bars.ts'
import { axes, type Choice, features, poolings, stagesOf, type Way, ways } from './choices.ts'
import { jsonOf, typescriptOf } from './codeText.ts'
import { button, canvas, choiceIn, fill, input, level, saved, select, show } from './elements.ts'
import { jsonlOf, npyOf } from './exports.ts'
import { fromFile, fromMicrophone, fromSample } from './hearing.ts'
import { schemeOf } from './palette.ts'
import { Recognizer } from './recognizer.ts'
import { Strip } from './strip.ts'
import { Voice } from './voice.ts'

/** Vectors that are kept for export. */
const most = 20_000

const waterfall = new Strip(canvas('strip-features'))
const strips: { readonly [way in Way]: Strip } = {
  '1d': new Strip(canvas('strip-1d')),
  '2d': new Strip(canvas('strip-2d')),
  segments: new Strip(canvas('strip-segments')),
}
const recognizer = new Recognizer()
const voice = new Voice(canvas('pitch'))
let sound: TapStats | undefined
let late: Latencies | undefined
let vectors: Vector[] = []
let listening: Subscription | undefined

fill('feature', Object.keys(features))
fill('pooling', poolings, 'mean')

const choice$ = new BehaviorSubject<Choice>(chosen())

function chosen(): Choice {
  return {
    feature: choiceIn('feature'),
    pooling: choiceIn('pooling'),
    size: Number(input('size').value) / 1000,
    stride: Number(input('stride').value) / 1000,
    way: choiceIn('way'),
  }
}

/** The strips and vectors of a choice. */
function pooled(samples$: Observable<Frames>, choice: Choice): Observable<unknown> {
  const count = features[choice.feature].length
  const features$ = samples$.pipe(fromHere(), chain(...features[choice.feature].map(stageFrom)), share())
  const rows = ways.map((way) =>
    features$.pipe(
      chain(...stagesOf(choice, way).slice(count).map(stageFrom)),
      tap((frames) => strips[way].take(frames)),
      way === choice.way ? toVectors() : switchMap(() => EMPTY),
      latency((latencies) => {
        late = latencies
      }),
      tap((vector) => keep(vector)),
      failed,
    ),
  )
  return merge(
    ...rows,
    features$.pipe(
      tap((frames) => waterfall.take(frames)),
      failed,
    ),
  )
}

function keep(vector: Vector): void {
  vectors.push(vector)
  if (vectors.length > most) vectors.shift()
}

/** Tells what went wrong, and leaves the rest to go on. */
function failed<T>(source$: Observable<T>): Observable<T> {
  return source$.pipe(
    catchError((error: unknown) => {
      show('status', String(error))
      return EMPTY
    }),
  )
}

function listen(source$: Observable<Frames>, name: string): void {
  stop()
  for (const strip of [waterfall, ...Object.values(strips)]) strip.clear()
  forget()
  show('status', `Listening to ${name}.`)
  running(true)
  const samples$ = source$.pipe(share())
  const all$ = merge(
    recognizer.hear(samples$),
    voice.hear(samples$).pipe(failed),
    choice$.pipe(switchMap((choice) => pooled(samples$, choice))),
  )
  listening = all$.subscribe({ error: (error: unknown) => ended(String(error)) })
  // The choices never end; the sound does.
  listening.add(samples$.subscribe({ complete: () => ended(`Heard all of ${name}.`), error: () => {} }))
}

function ended(message: string): void {
  stop()
  show('status', message)
}

function stop(): void {
  listening?.unsubscribe()
  listening = undefined
  voice.clear()
  sound = undefined
  late = undefined
  running(false)
  show('status', 'Stopped.')
}

function running(is: boolean): void {
  document.body.dataset.running = String(is)
  button('stop').disabled = !is
  button('hold').disabled = !is
}

function forget(): void {
  vectors = []
}

function draw(): void {
  const now = wallTime()
  if (listening) {
    for (const strip of [waterfall, ...Object.values(strips)]) strip.draw(now)
    voice.draw(now, axes[choice$.value.feature])
  }
  const vector = vectors.at(-1)
  drawBars(canvas('vector'), vector?.vector)
}

function tell(): void {
  const vector = vectors.at(-1)
  const described = vector
    ? `${vector.vector.length} values from ${Math.min(...vector.vector).toFixed(2)} to ${Math.max(...vector.vector).toFixed(2)}`
    : 'No vector yet'
  canvas('vector').setAttribute('aria-label', described)
  show('vector-shown', `${described}.`)
  show('count', vectors.length > 0 ? `${vectors.length} vectors` : '')
  for (const name of ['npy', 'jsonl']) button(name).disabled = vectors.length === 0
  const ms = (seconds: number | undefined) => (seconds === undefined ? '–' : `${Math.round(1000 * seconds)} ms`)
  const waiting = sound && sound.queued / sound.rate
  show('median', ms(late?.p50))
  show('p99', ms(late?.p99))
  show('queue-shown', ms(waiting))
  show('lost', ms(sound && sound.dropped / sound.rate))
  level('queue').value = 1000 * (waiting ?? 0)
  level('loudness').value = Math.max(voice.loudness, -80)
  show('loudness-shown', voice.loudness > -Infinity ? `${voice.loudness.toFixed(0)} LUFS` : '–')
  show('pitch-shown', voice.pitch > 0 ? `${voice.pitch.toFixed(0)} Hz` : '–')
}

function choose(): void {
  const choice = chosen()
  const before = choice$.value
  show('size-shown', `${Math.round(1000 * choice.size)} ms`)
  show('stride-shown', `${Math.round(1000 * choice.stride)} ms`)
  show('feature-shown', choice.feature)
  const stages = stagesOf(choice, choice.way)
  show('ts', typescriptOf(stages))
  show('json', jsonOf(stages))
  if (JSON.stringify(choice) === JSON.stringify(before)) return
  forget()
  if (choice.feature !== before.feature) waterfall.clear()
  for (const strip of Object.values(strips)) strip.clear()
  choice$.next(choice)
}

for (const id of ['feature', 'pooling', 'size', 'stride', 'way']) input(id).addEventListener('input', choose)
choose()

button('start').addEventListener('click', () => {
  const device = select('device')
  const heard = fromMicrophone(device.value, (stats) => {
    sound = stats
  })
  listen(heard, device.value ? device.selectedOptions[0]!.text : 'the microphone')
})
button('sample').addEventListener('click', () => listen(fromSample(), 'the sample'))
button('stop').addEventListener('click', stop)
select('device').addEventListener('change', () => {
  if (listening) button('start').click()
})

/** Names of devices are told once one was allowed. */
async function devices(): Promise<void> {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? []
  const inputs = all.filter(({ kind, deviceId }) => kind === 'audioinput' && deviceId !== '' && deviceId !== 'default')
  const list = select('device')
  const { value } = list
  list.replaceChildren(
    new Option('The browser’s choice', ''),
    ...inputs.map(({ label, deviceId }, i) => new Option(label || `Microphone ${i + 1}`, deviceId)),
  )
  list.value = inputs.some(({ deviceId }) => deviceId === value) ? value : ''
}
select('device').addEventListener('focus', () => void devices())
navigator.mediaDevices?.addEventListener('devicechange', () => void devices())
void devices()

const play = (file: File | undefined) => file && listen(fromFile(file), file.name)
input('file').addEventListener('change', () => play(input('file').files?.[0]))
document.addEventListener('dragover', (event) => {
  event.preventDefault()
  document.body.classList.add('over')
})
document.addEventListener('dragleave', () => document.body.classList.remove('over'))
document.addEventListener('drop', (event) => {
  event.preventDefault()
  document.body.classList.remove('over')
  play(event.dataTransfer?.files[0])
})

button('npy').addEventListener('click', () => saved('vectors.npy', npyOf(vectors)))
button('jsonl').addEventListener('click', () => saved('vectors.jsonl', jsonlOf(vectors)))
for (const id of ['ts', 'json']) {
  button(`copy-${id}`).addEventListener('click', async () => {
    await navigator.clipboard.writeText(document.getElementById(id)!.textContent!)
    show('status', 'Copied.')
  })
}

const theme = button('theme')
const nameTheme = () => show('theme', schemeOf(document.documentElement) === 'dark' ? 'Light colors' : 'Dark colors')
theme.addEventListener('click', () => {
  document.documentElement.dataset.theme = schemeOf(document.documentElement) === 'dark' ? 'light' : 'dark'
  nameTheme()
})
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', nameTheme)
nameTheme()

const still = matchMedia('(prefers-reduced-motion: reduce)')
setInterval(() => {
  tell()
  if (still.matches) draw()
}, 250)
requestAnimationFrame(function again() {
  if (!still.matches) draw()
  requestAnimationFrame(again)
})
