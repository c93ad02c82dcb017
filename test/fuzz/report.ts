import { table } from '../../src/cli/table.ts'
import type { Finding } from './child.ts'
import type { Row } from './driver.ts'
import { outcomes } from './judge.ts'

/** What was tried and what came of it, in at most 80 columns. */
export function rowsOf(rows: readonly Row[]): string[] {
  const cells = rows.map(({ target, tried, counts, peak }) => [
    target,
    `${tried}`,
    ...outcomes.map((outcome) => `${counts[outcome]}`),
    `${Math.round(peak)}`,
  ])
  const right = cells[0]?.map((_, column) => column).slice(1) ?? []
  return table([['target', 'tried', ...outcomes, 'MiB'], ...cells], right)
}

/** Findings of one kind once, however often they came, each with what to type to meet it again. */
export function findingsOf(findings: readonly Finding[], seed: string): string[] {
  const kinds = new Map<string, Finding[]>()
  for (const finding of findings) {
    const kind = [finding.target, finding.outcome, finding.message.replace(/"[^"]*"|-?\d[\d.e+-]*/g, '…')].join(' ')
    kinds.set(kind, [...(kinds.get(kind) ?? []), finding])
  }
  return [...kinds.values()].flatMap((all) => {
    const [{ target, outcome, note, message, case: number }] = all as [Finding]
    return [
      '',
      `${target}: ${outcome}${all.length > 1 ? `, ${all.length} times` : ''}${note && `, ${note}`}`,
      ...message
        .split('\n')
        .slice(0, 6)
        .map((line) => `  ${line}`),
      `  npm run fuzz -- --seed ${seed} --target ${target} --case ${number}`,
    ]
  })
}
