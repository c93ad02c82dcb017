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
