// `npm run docs`: rewrites the README's tables and its picture, and what `poolwise list` says.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { picture } from '../../pipelines/start/picture.ts'
import { descriptionsModule } from './descriptions.ts'
import { root } from './source.ts'
import { figuresTable, poolingsTable, put } from './tables.ts'

const path = join(root, 'README.md')
writeFileSync(path, put(put(readFileSync(path, 'utf8'), 'poolings', poolingsTable()), 'figures', await figuresTable()))
await picture(join(root, 'samples/spectrogram.png'))
writeFileSync(join(root, 'src/cli/descriptions.ts'), descriptionsModule())
