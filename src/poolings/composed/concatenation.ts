import type { Outputs, Pooling } from '../../core/pooling.ts'
import { union } from './union.ts'

/** Several poolings of the same frames side by side: all outputs of the first, then of the second, and so on. What a list of poolings means. */
export function concatenation(parts: readonly Pooling[]): Pooling {
  if (parts.length === 0) throw new TypeError('pooling: a list of poolings must name at least one, got []')
  const single = parts.filter((part) => part.across === 'one')
  if (single.length > 0 && single.length < parts.length)
    throw new TypeError(
      `pooling: ${JSON.stringify(single[0]!.spec)} gives one number, not one a lane, so expected it alone, got it in a list`,
    )
  const names: string[] = []
  const perPart = parts.map((part) =>
    part.outputs.map((output) => {
      let name = output
      for (let n = 2; names.includes(name); n++) name = `${output}.${n}`
      names.push(name)
      return [output, name] as const
    }),
  )
  const outputsOf = (k: number, out: Outputs): Outputs => {
    const mine: { [output: string]: Float32Array } = {}
    for (const [output, name] of perPart[k]!) mine[output] = out[name]!
    return mine
  }
  const { common, view } = union(parts, concatenation)
  const measured = parts.every((part) => part.measures)
  return {
    ...common,
    parts,
    ...(measured && { measures: parts.flatMap((part) => part.measures!) }),
    ...(measured &&
      parts.some((part) => part.blend) && {
        blend(measures: readonly Float32Array[], out: Outputs) {
          let from = 0
          for (const [k, part] of parts.entries()) {
            const mine = measures.slice(from, from + part.measures!.length)
            if (part.blend) part.blend(mine, outputsOf(k, out))
            else for (const [o, [, name]] of perPart[k]!.entries()) out[name]!.set(mine[o]!)
            from += mine.length
          }
        },
      }),
    spec: parts.map((part) => part.spec),
    outputs: names,
    about: {
      formula: parts.map((part) => part.about.formula).join(', '),
      source: parts.map((part) => part.about.source).join('; '),
      use: 'several poolings of the same frames in one vector',
      example: { input: parts[0]!.about.example.input, output: [] },
      empty: Number.NaN,
    },
    result(state, out, origin) {
      for (let k = 0; k < parts.length; k++) parts[k]!.result(view(state, k), outputsOf(k, out), origin)
    },
  }
}
