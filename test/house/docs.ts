// `npm run docs`: rewrites the README's tables and its picture, what `poolwise list` says, and the text of the tap's script.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { picture } from '../../pipelines/start/picture.ts'
import { descriptionsModule } from './descriptions.ts'
import { schemaText } from './schema.ts'
import { sizesTable } from './sizes.ts'
import { root } from './source.ts'
import { figuresTable, poolingsTable, put } from './tables.ts'
import { tapSource, tapTarget } from './tapModule.ts'

const path = join(root, 'README.md')
const tables = { poolings: poolingsTable(), figures: await figuresTable(), sizes: await sizesTable() }
let readme = readFileSync(path, 'utf8')
for (const [name, table] of Object.entries(tables)) readme = put(readme, name, table)
writeFileSync(path, readme)
await picture(join(root, 'samples/spectrogram.png'))
writeFileSync(join(root, 'src/cli/descriptions.ts'), descriptionsModule())
writeFileSync(join(root, 'src/pipeline/pipeline.schema.json'), schemaText())
writeFileSync(tapTarget, tapSource())
