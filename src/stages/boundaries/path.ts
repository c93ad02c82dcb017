/** Which of two states a stream is in, decided some frames later. */
export interface Path {
  frame: number
  /** By how much the best path that is on explains what came better than the best that is off. */
  lead: number
  /** For each of the last frames, in a ring: 1 where the best path that is off then was on before, 2 where the one that is on was off, else 0. */
  turns: Uint8Array
}

export function freshPath(lag: number, cost: number): Path {
  return { frame: 0, lead: -cost, turns: new Uint8Array(lag) }
}

/**
 * Takes the evidence of one frame more, above 0 for on, and tells the state of the frame before the ring: that of the path of most evidence, where each change costs.
 *
 * @source Viterbi 1967, with two states and a fixed lag
 */
export function advance(path: Path, evidence: number, cost: number): boolean {
  const { turns } = path
  const lag = turns.length
  const turned = path.lead > cost ? 1 : path.lead < -cost ? 2 : 0
  turns[path.frame % lag] = turned
  path.lead = Math.max(path.lead, -cost) + evidence - Math.max(path.lead - cost, 0)
  let on = path.lead > 0
  for (let k = 0; k < lag; k++) {
    if (turns[(path.frame + lag - k) % lag] === (on ? 2 : 1)) on = !on
  }
  path.frame++
  return on
}
