// `npm run test:engines`: the same bits on every engine that is here. `-- --write` puts the table into the guide, `-- --measure` says how far apart states are.
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { filled } from '../house/pages.ts'
import { root } from '../house/source.ts'
import { browsers } from './browsers.ts'
import { bundle } from './bundle.ts'
import { differing, measured } from './differences.ts'
import { type Engine, missing, type Running } from './engine.ts'
import { livePage } from './livePage.ts'
import { programs } from './programs.ts'
import type { Report } from './report.ts'

interface Result {
  readonly version: string
  readonly report: Report
  /** A hash of what each command printed; browsers have none. */
  readonly commands: { readonly [command: string]: string } | undefined
}

const words = ['bat', 'garden', 'umbrella'].map((word) => `samples/audio/words/${word}-*.wav`)
const commands: readonly (readonly string[])[] = [
  ['audio', ...words, '--concurrency', '2'],
  ['audio', 'samples/audio/formats/*', '--features', 'mfcc,deltas', '--pool', 'mean,std,softPool', '--pyramid', '1,2'],
  // Of large numbers, which are spelt with more care.
  ['audio', ...words, '--features', 'gain(level=90),spectrogram', '--pool', 'max,mean'],
  ['text', 'samples/text/letters.txt', '--by', 'sentence', '--weights', 'sif'],
]

async function examined(engine: Engine): Promise<Result> {
  return engine.run(async ({ version, report, commandLine }) => ({
    version,
    report: await report(functions),
    commands: commandLine && (await printed(commandLine)),
  }))
}

const functions = ['exp', 'expm1', 'log', 'log1p', 'log2', 'log10', 'sin', 'cos', 'pow', 'cbrt', 'hypot', 'sqrt'].map(
  (name) => `Math.${name}`,
)

async function printed(commandLine: NonNullable<Running['commandLine']>): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {}
  for (const command of commands) {
    const text = await commandLine(command)
    if (text.length < 100) throw new Error(`poolwise ${command.join(' ')}: expected more than ${JSON.stringify(text)}`)
    // Threads give lines as they come.
    hashes[command.join(' ')] = createHash('sha256').update(text.split('\n').sort().join('\n')).digest('hex')
  }
  return hashes
}

/** Two at a time. */
async function all(engines: readonly Engine[]): Promise<Map<Engine, Result | Error>> {
  const results = new Map<Engine, Result | Error>()
  const waiting = [...engines]
  const work = async () => {
    for (let engine = waiting.shift(); engine; engine = waiting.shift()) results.set(engine, await examined(engine).catch((error) => error))
  }
  await Promise.all([work(), work()])
  return results
}

/** What is wrong with a result, beside one that is right. */
function wrong({ report, commands: given }: Result, expected: Result): string[] {
  return [
    ...(report.kernels ? [] : ['its kernels did not run']),
    ...differing(report.outputs, expected.report.outputs).map((name) => `other bits: ${name}`),
    ...report.golden.wrong.map((name) => `beyond its tolerance: ${name}`),
    ...(report.golden.right === expected.report.golden.right
      ? []
      : [`${report.golden.right} reference cases, not ${expected.report.golden.right}`]),
    ...(given ? differing(given, expected.commands!).map((command) => `prints something else: poolwise ${command}`) : []),
  ]
}

const folder = mkdtempSync(join(tmpdir(), 'poolwise-engines-'))
try {
  process.exitCode = (await compared()) ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function compared(): Promise<boolean> {
  const script = join(folder, 'report.mjs')
  await bundle(script)
  const engines = [...programs(script), ...browsers(script)]
  const here = engines.filter((engine) => !missing(engine))
  const results = await all(here)
  const first = results.get(engines[0]!)!
  if (first instanceof Error) throw first

  const rows: string[][] = []
  const notes: string[] = []
  let [passed, failed, skipped] = [0, 0, 0]
  for (const engine of engines) {
    const result = results.get(engine)
    const name = `${engine.name} (${engine.of})`
    if (!result) {
      const strict = process.env.POOLWISE_REQUIRE_ALL === '1'
      strict ? failed++ : skipped++
      notes.push(`${name}: ${strict ? 'failed' : 'skipped'}: not installed, there is no ${missing(engine)}`)
      rows.push([name, '', `${strict ? 'failed' : 'skipped'}: not installed`, '', ''])
      continue
    }
    if (result instanceof Error) {
      failed++
      notes.push(`${name}: ${result.stack}`)
      rows.push([name, '', 'failed', '', ''])
      continue
    }
    const { version, report, commands: given } = result
    const faults = wrong(result, first)
    faults.length > 0 ? failed++ : passed++
    notes.push(...faults.map((fault) => `${name} ${version}: ${fault}`), ...(await distances(engine, result, engines[0]!, first)))
    const { right, wrong: beyond } = report.golden
    const same = given && differing(given, first.commands!).length
    rows.push([
      name,
      version,
      `\`${report.hash}\``,
      `${right} of ${right + beyond.length}`,
      same === undefined ? '' : same === 0 ? 'the same' : `${same} of ${commands.length} differ`,
    ])
  }
  const table = [['engine', 'version', 'hash of all outputs', 'reference cases', 'command line'], Array(5).fill('---'), ...rows]
  const text = table.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
  console.log(`${text}\n\n${notes.map((note) => `${note}\n`).join('')}`)
  console.log(`${Object.keys(first.report.outputs).length} stages, poolings and functions over tensors, ${commands.length} commands`)
  console.log(`engines: ${passed} passed, ${failed} failed, ${skipped} skipped`)
  const pages = await livePage(join(folder, 'page'))
  console.log(
    pages.map(({ name, version, fault }) => `the live page, a dropped file: ${name} ${version}: ${fault ?? 'the bits of Node'}`).join('\n'),
  )
  if (process.argv.includes('--write')) {
    const path = join(root, 'guide/conformance.md')
    writeFileSync(path, filled(readFileSync(path, 'utf8'), { engines: text }))
  }
  return failed === 0 && pages.every(({ fault }) => fault === undefined)
}

/** How far an engine's numbers are from another's, where they differ: its own functions, and outputs; states where it is asked for. */
async function distances(engine: Engine, { version, report }: Result, other: Engine, { report: expected }: Result): Promise<string[]> {
  const states = differing(report.states, expected.states)
  const asked = [...differing(report.outputs, expected.outputs), ...(process.argv.includes('--measure') ? states : [])]
  const both = asked.length > 0 ? await Promise.all([engine, other].map((one) => one.run(({ report }) => report(asked)))) : []
  const own = differing(report.functions, expected.functions).map(
    (name) => `${name} ${measured(report.numbers[name]!, expected.numbers[name]!)}`,
  )
  const who = `${engine.name} ${version}`
  return [
    ...(own.length > 0 ? [`${who} by itself: ${own.join('; ')}`] : []),
    ...asked.map((name) => `${who}: ${name} ${measured(both[0]!.numbers[name]!, both[1]!.numbers[name]!)}`),
    ...(states.length > 0 ? [`${who}: other last bits in the float64 ${states.join(', ')}`] : []),
  ]
}
