type Color = readonly [red: number, green: number, blue: number]

/** From silence to the loudest: the page's background comes first, so that silence is not seen. */
const stops: { readonly [scheme in 'dark' | 'light']: readonly Color[] } = {
  dark: [
    [20, 24, 34],
    [52, 40, 110],
    [140, 45, 130],
    [232, 92, 84],
    [254, 196, 96],
    [255, 250, 214],
  ],
  light: [
    [246, 247, 251],
    [190, 214, 236],
    [104, 170, 207],
    [44, 113, 165],
    [45, 55, 118],
    [32, 14, 60],
  ],
}

function ramp(colors: readonly Color[]): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, value) => {
    const at = (value / 255) * (colors.length - 1)
    const below = Math.min(Math.floor(at), colors.length - 2)
    const [r, g, b] = colors[below]!.map((part, i) => Math.round(part + (at - below) * (colors[below + 1]![i]! - part))) as [
      number,
      number,
      number,
    ]
    return 0xff000000 + (b << 16) + (g << 8) + r
  })
}

const ramps = { dark: ramp(stops.dark), light: ramp(stops.light) }

/** The scheme that an element is shown in. */
export function schemeOf(element: Element): 'dark' | 'light' {
  const chosen = getComputedStyle(element).colorScheme
  if (chosen === 'dark' || chosen === 'light') return chosen
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
}

/** 256 colors as pixels of ImageData. */
export function colorsOf(element: Element): Uint32Array {
  return ramps[schemeOf(element)]
}
