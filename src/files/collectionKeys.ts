/** What a collection says of itself, in the metadata of its file: all as text, lists and definitions as JSON. */
export const collectionKeys = {
  /** The version of poolwise that wrote it. */
  version: 'poolwise.version',
  /** The names of a vector's values. */
  names: 'poolwise.names',
  /** The pipeline that the vectors come from: its source, without inputs, and its stages. */
  pipeline: 'poolwise.pipeline',
  /** From the file's folder to where the pipeline's paths start; only where it has such. */
  base: 'poolwise.base',
} as const
