// `npm run fuzz`: hostile input for everything that reads. `-- --seconds 60 --seed N`; `--target NAME` (more than once) for some; `--case K`, or `--case J-K`, for one again.
import { parseArgs } from 'node:util'
import type { Finding } from './child.ts'
import { fuzz } from './driver.ts'
import { outcomes } from './judge.ts'
import { findingsOf, rowsOf } from './report.ts'
import { encodedSeeds } from './seeds.ts'
import { targets } from './targets.ts'

function refuse(message: string): never {
  console.error(`fuzz: ${message}`)
  process.exit(2)
}

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    target: { type: 'string', multiple: true },
    case: { type: 'string' },
    patience: { type: 'string', default: '10' },
  },
})
const [seconds, patience] = [Number(values.seconds), Number(values.patience)]
if (!(seconds > 0 && patience > 0)) refuse('--seconds and --patience must be numbers above 0')
const names = targets.map(({ name }) => name)
const unknown = values.target?.filter((name) => !names.includes(name)) ?? []
if (unknown.length > 0) refuse(`expected targets among ${names.join(', ')}, got ${unknown.join(', ')}`)
const range = /^(\d+)(?:-(\d+))?$/.exec(values.case ?? '')
if (values.case !== undefined && !range) refuse(`--case must be a number, or two as in 10-20, got ${values.case}`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

const findings: Finding[] = []
const rows = await fuzz({
  registry: import.meta.resolve('./targets.ts'),
  targets: targets.filter(({ name }) => values.target?.includes(name) ?? true),
  seeds: encodedSeeds(),
  seed: values.seed,
  seconds,
  patience,
  ...(range && { cases: [Number(range[1]), Number(range[2] ?? range[1]) + 1] as const }),
  found: (finding) => findings.push(finding),
})
console.log(rowsOf(rows).join('\n'))
console.log(findingsOf(findings, values.seed).join('\n'))
const wrong = rows.flatMap(({ counts }) => outcomes.filter((outcome) => outcome !== 'error' && outcome !== 'fine' && counts[outcome] > 0))
process.exitCode = wrong.length > 0 ? 1 : 0
