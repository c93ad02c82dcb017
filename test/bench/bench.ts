// `npm run bench`: measures, prints, and writes BENCHMARKS.md.
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { sliding } from './sliding.ts'
import { markdown } from './timing.ts'

const tables = [sliding()]
const text = [
  '# Benchmarks',
  '',
  `Written by \`npm run bench\` on Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, one thread. Candidates run in turn in one process; every figure is the median of ratios within one run, since absolute times drift.`,
  '',
  ...tables.map(markdown),
].join('\n')
console.log(text)
writeFileSync(new URL('../../BENCHMARKS.md', import.meta.url), text)
