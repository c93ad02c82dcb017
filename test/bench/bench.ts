// `npm run bench`: measures, prints, and writes BENCHMARKS.md. `npm run bench -- W5 text` does so for the tables so named; `--json FILE` writes the figures too.
import { fork } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { versions } from './peers.ts'
import { torchVersions } from './pytorch.ts'
import { parts, tables } from './tables.ts'
import { figures, markdown, type Table } from './timing.ts'

const { values, positionals } = parseArgs({ options: { json: { type: 'string' } }, allowPositionals: true })
const wanted = positionals.map((name) => name.toLowerCase())
const names = Object.keys(tables).filter((name) => wanted.length === 0 || wanted.some((start) => name.toLowerCase().startsWith(start)))
if (names.length === 0) {
  console.error(`bench: expected names of tables (${Object.keys(tables).join(', ')}), got ${positionals.join(', ')}`)
  process.exit(2)
}

const target = new URL('../../BENCHMARKS.md', import.meta.url)
const start = performance.now()
const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform} ${process.arch}`
const software = `Node ${process.versions.node} (V8 ${process.versions.v8}), ${versions()}, ${await torchVersions()}`
const done: Table[] = []
for (const name of names) {
  const begun = performance.now()
  const found: Table[] = []
  for (const part of parts[name] ?? ['']) found.push(await measured(name, part))
  const table = { ...found[0]!, rows: found.flatMap(({ rows }) => rows) }
  console.log(markdown(table))
  console.error(`${name}: ${((performance.now() - begun) / 1000).toFixed(0)} s`)
  done.push(table)
}
const minutes = (performance.now() - start) / 60_000
const goals = done.flatMap(({ rows }) => rows.flat()).filter((cell) => /[✓✗]/.test(cell))
console.error(`${minutes.toFixed(1)} minutes, ${goals.filter((cell) => cell.includes('✓')).length} of ${goals.length} goals reached`)
if (values.json) writeFileSync(values.json, `${JSON.stringify({ machine, software, tables: done.map(figures) }, undefined, 1)}\n`)
writeFileSync(target, report(existsSync(target) ? readFileSync(target, 'utf8') : ''))

function measured(name: string, part: string): Promise<Table> {
  const execArgv = ['--import', 'tsx', '--expose-gc', '--max-old-space-size=8192']
  const child = fork(fileURLToPath(new URL('one.ts', import.meta.url)), [name, part], { execArgv, serialization: 'advanced' })
  return new Promise((resolve, reject) => {
    child.once('message', (table) => resolve(table as Table))
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`bench: the table ${name} ended with code ${code}`)))
  })
}

/** The report with the tables of this run; others stay as they were measured, as the line above each says. */
function report(before: string): string {
  const sections = new Map<string, string>()
  for (const section of before.split(/^(?=## )/m).slice(1)) {
    const name = /^`npm run bench -- (\S+)`/m.exec(section)?.[1]
    if (name !== undefined) sections.set(name, `${section.trimEnd()}\n`)
  }
  for (const [i, table] of done.entries()) {
    const [title, ...rest] = markdown(table).split('\n')
    const when = `\`npm run bench -- ${names[i]}\`, ${new Date().toISOString().slice(0, 10)}, on ${machine}: ${software}.`
    sections.set(names[i]!, [title, '', when, ...rest, ''].join('\n'))
  }
  return [
    '# Benchmarks',
    '',
    'Written by `npm run bench`; `npm run bench -- W5 text` measures the tables so named anew and leaves the others. The line under each title says when and where it was measured: compare within a table, not between machines.',
    '',
    'To repeat: `npm ci && npm run peers && npm run bench`; PyTorch is used where `python3`, or the interpreter that the environment variable POOLWISE_PYTHON names, has it (on Debian `apt-get install python3-torch python3-torchaudio`). `npm run bench -- --json FILE` writes the figures as JSON too.',
    '',
    "Ours are calls of the public API: ordinary Float32Arrays in, fresh ones out, copies included, one thread. All candidates of a work run in turn in one process, each round beginning with another one. A figure is the median of five runs, each the median of 15 rounds; who is slow takes part in fewer, as the last column says. `× set` is the time over that of `Float32Array.set` on the input's bytes in the same round; absolute times drift, so ‘ours is faster’ is a ratio within a round too. PyTorch runs in a process of its own beside its own copy of as many bytes: there both are compared by their multiples of a copy. ‘Off by’ is the largest distance to the definition in float64, relative to the largest value. Goals are this project's own; ✗ is one that is not reached.",
    '',
    ...Object.keys(tables).flatMap((name) => sections.get(name) ?? []),
  ].join('\n')
}
