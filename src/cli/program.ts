import { Command } from 'commander'
import colors from 'picocolors'
import { standardOutput } from '../files/output.ts'
import { packageVersion } from '../files/packageVersion.ts'
import { audioCommand } from './audioCommand.ts'
import { completionCommand } from './completion.ts'
import { explainCommand } from './explainCommand.ts'
import { fitCommand } from './fit.ts'
import { initCommand } from './init.ts'
import { inspectCommand } from './inspect.ts'
import { listCommand } from './list.ts'
import { liveCommand } from './living.ts'
import { plotCommand } from './plot.ts'
import { reportCommand } from './reporting.ts'
import { runCommand } from './runCommand.ts'
import { serveCommand } from './serving.ts'
import { similarCommand } from './similar.ts'
import { statusCommand } from './status.ts'
import { textCommand } from './textCommand.ts'
import { workerCommand } from './working.ts'

const examples = `
Examples:
  poolwise audio words/*.wav --out words.npy
  poolwise audio talk.flac --pool mean,std,max --window 1s --stride 0.5s
  arecord -t raw -f S16_LE -r 16000 | poolwise audio - --rate 16000 --window 1s
  poolwise text letters/*.txt --by sentence --out letters.csv --pgvector
  poolwise run words.json words/*.wav --concurrency 4
  poolwise run words.json recordings/ --out vectors/ --engine threads
  poolwise audio /corpus --out /vectors/ --engine bullmq --redis redis://queue
  poolwise worker --redis redis://queue
  poolwise fit words.json words/*.wav --out words.safetensors
  poolwise plot talk.wav --pipeline "logMel,pool1d(pooling=max,size=1s)"
  poolwise audio words --out words.parquet
  poolwise similar words.parquet another.wav -k 5
  poolwise explain audio --pool "mixed(max=0.5,mean=0.5)" --pyramid 1,2,4
  poolwise explain window --shape 28,28 --size 3 --stride 2 --padding same
  poolwise serve --port 8080
  poolwise init live my-page

Exit codes:
  0  all well
  1  some inputs failed, each named on standard error; the others are done
  2  wrong usage, options or pipeline; nothing was begun
  3  no input gave a vector, or the output could not be written; no file is left
  4  stopped by a signal: files up to the one that was read then are done

Ctrl-C (SIGINT), SIGTERM or SIGHUP ends standard input: what was heard is
written, with one of the codes above. A second ends all at once, with 128 and
its number, and leaves no file; so does the first where fit or plot read files.
A server answers what it was asked before, and ends with 0. With --watch the
first one ends it with 0 or 1 where all that came is done, else with 4.
`

/** In the order in which the help has them. */
const commands = [
  audioCommand,
  textCommand,
  runCommand,
  fitCommand,
  plotCommand,
  explainCommand,
  serveCommand,
  liveCommand,
  workerCommand,
  statusCommand,
  inspectCommand,
  similarCommand,
  reportCommand,
  initCommand,
  listCommand,
  completionCommand,
]

/** The command line. Its actions throw what is wrong with the usage, and set the exit code for what happens afterwards. */
export function program(): Command {
  const poolwise = new Command('poolwise')
    .description('Pools streams of sound and text into fixed-length vectors.')
    .version(packageVersion())
    .exitOverride()
    .showHelpAfterError('(--help shows the options)')
    .configureOutput({
      getOutHelpWidth: () => 80,
      getErrHelpWidth: () => 80,
      writeOut: (text) => standardOutput.write(text),
      outputError: (text, write) => write(text.replace(/^error:/, colors.red('error:'))),
    })
    .addHelpText('after', examples)
  for (const declare of commands) declare(poolwise)
  return poolwise
}
