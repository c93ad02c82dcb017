import { type Command, Option } from 'commander'
import { refusal } from '../core/check.ts'
import { missing } from '../core/missing.ts'
import { standardOutput } from '../files/output.ts'
import { type Loaded, pipelineFrom } from '../pipeline/pipeline.ts'
import type { Served } from '../server/served.ts'
import type { ServerOptions } from '../server/serverOptions.ts'
import * as stages from '../stages/index.ts'
import { stageFrom } from '../stages/stageFrom.ts'
import { audioOptions } from './audioCommand.ts'
import { type AudioOptions, audioDefinition, count, type TextCommandOptions, textDefinition } from './definitions.ts'
import { stagesFrom } from './notation.ts'
import { pipelineIn } from './pipelineFile.ts'
import { firstSignal } from './signals.ts'
import { textOptions, told } from './textCommand.ts'
import { valued } from './valued.ts'

interface ServeOptions {
  readonly port?: string
  readonly host?: string
  readonly allowHost?: string
  readonly allowOrigin?: string
  readonly maxBody?: string
  readonly maxSound?: string
  readonly timeout?: string
  readonly idle?: string
  readonly connections?: string
  readonly streams?: string
  readonly events?: string
  readonly pipeline?: readonly string[]
}

const examples = {
  serve: `
Examples:
  poolwise serve --port 8080
  poolwise serve audio --pool mean,max --window 1s --port 8080
  curl -X POST -T word.wav localhost:8080/vectors
  curl --json '{"texts":["The sea rises."]}' localhost:8080/vectors

The live page is at /, a description of all this at /openapi.json. A WebSocket
to /stream takes {"rate":16000,"format":"s16le"}, then samples; windows of 1 s
give a vector each, or those of poolwise serve audio --window. Pages from
elsewhere, and names other than localhost, are refused.
`,
  audio: `
Examples:
  poolwise serve audio --pool mean,max --window 1s --port 8080
  poolwise serve audio --features mfcc --pyramid 1,2
`,
  text: `
Examples:
  poolwise serve text --port 8080
  poolwise serve text --pool mean,max --weights sif
`,
}

/** `poolwise serve`, and the same of sound or text alone, with all that says how these are pooled. */
export function serveCommand(program: Command): void {
  const command = program
    .command('serve')
    .description('serves vectors over HTTP and WebSocket: of sound and text as poolwise audio and text; on this machine alone')
    .option('--port <n>', 'where to listen; 0 for any that is free (default: 8080)')
    .option('--host <address>', 'for others on the network: its address, or 0.0.0.0 (default: 127.0.0.1)')
    .option('--allow-host <names>', 'names by which it may be called, as in sound.local,box')
    .option('--allow-origin <origins>', 'pages from elsewhere that may ask, as in http://localhost:3000')
    .option('--max-body <bytes>', 'most that a recording may have (default: 33554432)')
    .option('--max-sound <seconds>', 'most that it may last (default: 600)')
    .option('--timeout <seconds>', 'for a request to come, and to be answered (default: 30)')
    .option('--idle <seconds>', 'for a stream without a message, or a client that reads none (default: 60)')
    .option('--connections <n>', 'most at once (default: 256)')
    .option('--streams <n>', 'most of them that are streams (default: 16)')
    .addOption(
      valued(new Option('--events <stages>', 'of streams of numbers, such as "pool1d(pooling=mean,size=8)"'), Object.keys(stages), true),
    )
    .option('--pipeline <files...>', '.json, .ts or .js files, one of sound, one of text, or both, in place of the defaults')
    .addHelpText('after', examples.serve)
    .action((options: ServeOptions) => run(program, options, options.pipeline ? ofFiles(options.pipeline) : ofBoth()))
  audioOptions(command, '[files...]', 'sound alone, by the options of poolwise audio; those of serve may follow')
    .addHelpText('after', examples.audio)
    .action((files: readonly string[], options: AudioOptions) => run(program, command.opts(), ofSound(options), files))
  textOptions(command, '[files...]', 'text alone, by the options of poolwise text; those of serve may follow')
    .addHelpText('after', examples.text)
    .action((files: readonly string[], options: TextCommandOptions) => run(program, command.opts(), ofText(options), files))
}

/** Loads what is served, serves it until a signal comes, and then what was asked before it. */
async function run(program: Command, options: ServeOptions, pooled: Promise<Served>, files: readonly string[] = []): Promise<void> {
  const served = await pooled
  if (files.length > 0) throw refusal('serve', 'expected options alone, as sound and text come with each request', files)
  const events = options.events === undefined ? {} : { events: stagesFrom(options.events, '--events').map((spec) => stageFrom(spec)) }
  const { serve } = await import('../server/serve.ts').catch(missing('serve', 'hono', '@hono/node-server', 'ws'))
  const { url, close } = await serve({ ...served, ...events }, { ...serverOptionsOf(options), version: program.version()! })
  standardOutput.write(`${url} pools ${Object.keys({ ...served, ...events }).join(', ')}\n`)
  const stopped = firstSignal()
  await new Promise((resolve) => stopped.addEventListener('abort', resolve, { once: true }))
  await close()
}

async function ofBoth(): Promise<Served> {
  return { ...(await ofSound({})), ...(await ofText({})) }
}

/** Sound without an end goes in windows, where nothing says which. */
async function ofSound(options: AudioOptions): Promise<Served> {
  const sound = await pipelineFrom(audioDefinition(options)).load()
  if (!sound.source.stream) throw refusal('serve', 'expected sound that comes with each request', '--manifest')
  if (options.window !== undefined) return { sound, stream: sound }
  if (options.pyramid !== undefined) return { sound }
  return { sound, stream: await pipelineFrom(audioDefinition({ ...options, window: '1s' })).load() }
}

async function ofText(options: TextCommandOptions): Promise<Served> {
  return { text: await pipelineFrom(textDefinition(options, [], await told(options))).load() }
}

async function ofFiles(paths: readonly string[]): Promise<Served> {
  const served: { sound?: Loaded; text?: Loaded } = {}
  for (const path of paths) {
    const loaded = await (await pipelineIn(path)).pipeline.load()
    const kind = loaded.source.stream ? 'sound' : loaded.source.texts ? 'text' : undefined
    if (kind === undefined) throw refusal(path, 'expected a source of sound or text that comes with each request', 'manifest')
    if (served[kind]) throw refusal('--pipeline', `expected one of ${kind}`, paths)
    served[kind] = loaded
  }
  return { ...served, ...(served.sound && { stream: served.sound }) }
}

function serverOptionsOf({
  port,
  host,
  allowHost,
  allowOrigin,
  maxBody,
  maxSound,
  timeout,
  idle,
  connections,
  streams,
}: ServeOptions): ServerOptions {
  const given = {
    port: port === '0' ? 0 : count('--port', port),
    host,
    names: allowHost?.split(','),
    origins: allowOrigin?.split(','),
    size: count('--max-body', maxBody),
    length: seconds('--max-sound', maxSound),
    timeout: seconds('--timeout', timeout),
    idle: seconds('--idle', idle),
    connections: count('--connections', connections),
    streams: count('--streams', streams),
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

function seconds(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,6}(\.\d+)?$/.test(text)) return Number(text)
  throw refusal(option, 'expected seconds, such as 30 or 0.5', text)
}
