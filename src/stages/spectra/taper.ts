/** Windows by name; a frame is multiplied by one before its transform. 'povey' is Kaldi's: a Hann window to the power 0.85. */
export const tapers = ['hann', 'hamming', 'blackman', 'povey', 'rectangular'] as const

export type Taper = (typeof tapers)[number]

/**
 * A window's values, computed in float64 and rounded to float32. With θ = 2πn / period: hann ½ − ½cos θ, hamming 0.54 − 0.46 cos θ, blackman 0.42 − ½cos θ + 0.08 cos 2θ, povey hann^0.85.
 * The period is the length, or one less for a symmetric window.
 */
export function taper(name: Taper, length: number, periodic: boolean): Float32Array {
  const period = periodic ? length : length - 1
  return Float32Array.from({ length }, (_, n) => {
    // A single sample is not attenuated, as in PyTorch.
    if (length === 1 || name === 'rectangular') return 1
    const angle = (2 * Math.PI * n) / period
    const hann = 0.5 - 0.5 * Math.cos(angle)
    if (name === 'hann') return hann
    if (name === 'hamming') return 0.54 - 0.46 * Math.cos(angle)
    if (name === 'blackman') return 0.42 - 0.5 * Math.cos(angle) + 0.08 * Math.cos(2 * angle)
    return hann ** 0.85
  })
}
