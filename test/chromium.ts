// Debian's Chromium, without a screen, and without asking anybody on the network.
export const chromiumPath = '/usr/bin/chromium'

export const quiet: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
]

/** A microphone that asks nobody: it plays a file again and again, once with '%noloop' after its path, and beeps where there is none. */
export const hearing = (file?: string): readonly string[] => [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  ...(file === undefined ? [] : [`--use-file-for-fake-audio-capture=${file}`]),
]
