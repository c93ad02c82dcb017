// Engines that are browsers, without a screen: Chromium and Firefox by puppeteer, WebKitGTK by its own WebDriver.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { chromiumPath, quiet } from '../chromium.ts'
import { type Engine, installed } from './engine.ts'

/** The little of puppeteer that is used here; it is installed apart. */
interface Puppeteer {
  launch(options: object): Promise<{
    version(): Promise<string>
    newPage(): Promise<{ goto(url: string): Promise<unknown>; evaluate(script: string): Promise<unknown> }>
    close(): Promise<void>
  }>
}

const puppeteer = installed('puppeteer-core/lib/esm/puppeteer/puppeteer-core.js')
const mini = '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser'
const [webDriver, screen] = ['/usr/bin/WebKitWebDriver', '/usr/bin/Xvfb']

/** A page that a browser shows. */
export interface Tab {
  readonly version: string
  /** @param script an expression whose promise gives a text */
  evaluate(script: string): Promise<string>
}

/** What shows pages. */
export interface Browser extends Pick<Engine, 'name' | 'of' | 'files'> {
  open<Result>(url: string, use: (tab: Tab) => Promise<Result>): Promise<Result>
}

export const allBrowsers: readonly Browser[] = [
  puppet('Chromium', 'V8', { browser: 'chrome', executablePath: chromiumPath, args: quiet }),
  puppet('Firefox', 'SpiderMonkey', { browser: 'firefox', executablePath: '/usr/bin/firefox-esr' }),
  {
    name: 'WebKitGTK',
    of: 'JavaScriptCore',
    files: [webDriver, screen, mini],
    open: (url, use) => onScreen((display) => driven(display, url, use)),
  },
]

/** @param script the bundle */
export function browsers(script: string): Engine[] {
  return allBrowsers.map(({ open, ...browser }) => ({
    ...browser,
    run: (use) =>
      served(script, (url) =>
        open(url, ({ version, evaluate }) => use({ version, report: async (asked) => JSON.parse(await evaluate(question(asked))) })),
      ),
  }))
}

/** What a page is asked: the report as JSON. */
function question(asked: readonly string[]): string {
  return `import('/report.mjs').then(({ report }) => report(${JSON.stringify(asked)})).then(JSON.stringify)`
}

function puppet(
  name: string,
  of: Engine['of'],
  options: { browser: 'chrome' | 'firefox'; executablePath: string; args?: readonly string[] },
): Browser {
  return {
    name,
    of,
    files: [options.executablePath, puppeteer],
    async open(url, use) {
      const { default: library } = (await import(pathToFileURL(puppeteer).href)) as { default: Puppeteer }
      const browser = await library.launch({ headless: true, ...options })
      try {
        const page = await browser.newPage()
        await page.goto(url)
        return await use({
          version: /\d+(\.\d+)+/.exec(await browser.version())![0],
          evaluate: async (script) => (await page.evaluate(script)) as string,
        })
      } finally {
        await browser.close()
      }
    },
  }
}

/** Serves the bundle, and a page to load it in. */
async function served<Result>(script: string, use: (url: string) => Promise<Result>): Promise<Result> {
  const body = readFileSync(script)
  const server = createServer(({ url }, response) => {
    const isScript = url === '/report.mjs'
    response.writeHead(200, { 'content-type': `${isScript ? 'text/javascript' : 'text/html'}; charset=utf-8` })
    response.end(isScript ? body : '<!doctype html><title>poolwise</title>')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

/** A screen that nobody sees. */
async function onScreen<Result>(use: (display: string) => Promise<Result>): Promise<Result> {
  const xvfb = spawn(screen, ['-displayfd', '3', '-screen', '0', '800x600x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  try {
    return await use(`:${await firstLine(xvfb, xvfb.stdio[3] as Readable)}`)
  } finally {
    await ended(xvfb)
  }
}

async function driven<Result>(display: string, url: string, use: (tab: Tab) => Promise<Result>): Promise<Result> {
  const port = await freePort()
  const driver = spawn(webDriver, [`--port=${port}`], {
    stdio: 'ignore',
    env: { ...process.env, DISPLAY: display, GDK_BACKEND: 'x11', WEBKIT_DISABLE_COMPOSITING_MODE: '1' },
  })
  const ask = async (method: string, path: string, body?: object) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, ...(body && { body: JSON.stringify(body) }) })
    const { value } = (await response.json()) as { value: { message?: string } }
    if (!response.ok) throw new Error(`WebKitWebDriver: ${path}: ${value.message}`)
    return value
  }
  try {
    await patiently(() => ask('GET', '/status'))
    const options = { 'webkitgtk:browserOptions': { binary: mini, args: ['--automation'] } }
    const { sessionId, capabilities } = (await ask('POST', '/session', { capabilities: { alwaysMatch: options } })) as {
      sessionId: string
      capabilities: { browserVersion: string }
    }
    const session = `/session/${sessionId}`
    try {
      await ask('POST', `${session}/timeouts`, { script: 180_000 })
      await ask('POST', `${session}/url`, { url })
      return await use({
        version: capabilities.browserVersion,
        evaluate: async (expression) => {
          const script = `const done = arguments[0]; ${expression}.then((text) => done({ text }), (error) => done({ error: String(error) }))`
          const answer = (await ask('POST', `${session}/execute/async`, { script, args: [] })) as { text: string } | { error: string }
          if ('error' in answer) throw new Error(answer.error)
          return answer.text
        },
      })
    } finally {
      await ask('DELETE', session)
    }
  } finally {
    await ended(driver)
  }
}

async function firstLine(program: ChildProcess, stream: Readable): Promise<string> {
  const end = once(program, 'exit').then(([code]) => {
    throw new Error(`${program.spawnfile} ended with ${code}`)
  })
  const [line] = await Promise.race([once(createInterface(stream), 'line'), end])
  end.catch(() => {})
  return line
}

async function ended(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return
  const end = once(program, 'exit')
  program.kill()
  await end
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

/** Until it works, for ten seconds. */
async function patiently<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (tries === 100) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}
