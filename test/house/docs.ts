// `npm run docs`: rewrites the tables of the guide, the picture, what `poolwise list` says, and the text of the tap's script.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { picture } from '../../pipelines/start/picture.ts'
import { conformanceTable } from './conformanceTable.ts'
import { descriptionsModule } from './descriptions.ts'
import { optionsTables } from './optionsTables.ts'
import { filled, pages, pageText } from './pages.ts'
import { schemaText } from './schema.ts'
import { sizesTable } from './sizes.ts'
import { root } from './source.ts'
import { figuresTable, poolingsTable } from './tables.ts'
import { tapSource, tapTarget } from './tapModule.ts'

const tables = {
  poolings: poolingsTable(),
  figures: await figuresTable(),
  sizes: await sizesTable(),
  options: optionsTables(),
  conformance: await conformanceTable(),
}
for (const page of pages) writeFileSync(join(root, page), filled(pageText(page), tables))
await picture(join(root, 'samples/spectrogram.png'))
writeFileSync(join(root, 'src/cli/descriptions.ts'), descriptionsModule())
writeFileSync(join(root, 'src/pipeline/pipeline.schema.json'), schemaText())
writeFileSync(tapTarget, tapSource())
