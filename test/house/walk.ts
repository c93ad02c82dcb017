// Which files of src a call of apply(frames, pool2d(…)) goes through, in the order in which their first function runs: for walk.test.ts.
import { Session } from 'node:inspector'
import { apply, frames, pool2d } from '../../src/index.ts'

const session = new Session()
session.connect()
const post = (method: string, options?: object): void => {
  ;(session.post as (method: string, options: object | undefined, done: (error: Error | null) => void) => void)(
    method,
    options,
    (error) => {
      if (error) throw error
    },
  )
}
interface Call {
  readonly url: string
  readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[]
}
const input = frames(new Float32Array(1000 * 80), { bins: 80, hop: 0.01 })
post('Profiler.enable')
post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
apply(input, pool2d('max', { size: [2, 3], stride: [2, 1] }))
let files: string[] = []
;(session.post as (method: string, done: (error: Error | null, answer: { result: readonly Call[] }) => void) => void)(
  'Profiler.takePreciseCoverage',
  (error, { result }) => {
    if (error) throw error
    files = result
      .filter(({ url, functions }) => /\/src\/.*\.ts/.test(url) && functions.some(({ ranges }) => ranges[0]!.count > 0))
      .map(({ url }) => url.replace(/^.*\/src\//, '').replace(/\?.*$/, ''))
  },
)
console.log(JSON.stringify(files.sort()))
