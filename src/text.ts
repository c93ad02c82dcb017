export type { ByteReader, ByteStream, WebStream } from './files/bytes.ts'
export { type NdArray, readNpy } from './files/npy.ts'
export { staticModel } from './sources/models/modelFolder.ts'
export type { Address, ModelFiles, ModelToken, StaticModel } from './sources/models/staticModel.ts'
export { transformerModel } from './sources/models/transformerModel.ts'
export type { TransformerModel } from './sources/models/wholeTexts.ts'
export { csv } from './sources/text/csv.ts'
export type { Text } from './sources/text/eachText.ts'
export { jsonl } from './sources/text/jsonl.ts'
export type {
  RecordOptions as CsvTextOptions,
  RecordOptions as JsonlOptions,
  RecordOptions as TextFilesOptions,
} from './sources/text/records.ts'
export { textFiles } from './sources/text/textFiles.ts'
export { type TextOptions, textFile, textStream, texts } from './sources/text/texts.ts'
export { sif, type TokenOptions } from './sources/text/tokens.ts'
export type { Unit } from './sources/text/units.ts'
export { loadVectors, type VectorsOptions } from './sources/vectors/loadVectors.ts'
export { type ModelOptions, modelTokens } from './sources/vectors/modelTokens.ts'
export { type ArraySource, type EmbeddingsOptions, tokenEmbeddings } from './sources/vectors/tokenEmbeddings.ts'
export type { Progress } from './sources/vectors/wordTable.ts'
export { embed, type Vectors, vectorsOf } from './stages/vectors/embed.ts'
