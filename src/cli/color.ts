/** Viridis at ten places (matplotlib's, evenly spaced): equal steps of value look like equal steps of color, in gray too. */
const places = ['440154', '482878', '3e4989', '31688e', '26828e', '1f9e89', '35b779', '6ece58', 'b5de2b', 'fde725'].map((hex) =>
  [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)),
)

/** As many as are told apart, so that a picture is a small file. */
const colors = 64

type Color = readonly [red: number, green: number, blue: number]

/** The color of a share from 0 to 1, and of what is beyond as of its end. */
export function viridis(share: number): Color {
  const place = Math.min(1, Math.max(0, share)) * (places.length - 1)
  const before = Math.min(places.length - 2, Math.floor(place))
  const [low, high] = [places[before]!, places[before + 1]!]
  const mixed = (i: number) => Math.round(low[i]! + (place - before) * (high[i]! - low[i]!))
  return [mixed(0), mixed(1), mixed(2)]
}

/** The nearest of as many colors as a small file has. */
export function color(share: number): Color {
  return viridis(Math.round(Math.min(1, Math.max(0, share)) * (colors - 1)) / (colors - 1))
}
