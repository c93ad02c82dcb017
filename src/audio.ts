export type { ByteReader, ByteStream, WebStream } from './files/bytes.ts'
export {
  audioNode,
  type TapContext,
  type TapOptions,
  type TappedNode,
  type TapStats,
  type WorkletConstructor,
} from './sources/audio/audioNode.ts'
export {
  type AudioInput,
  type BlobLike,
  type DecodedBuffer,
  type DecodeOptions,
  type DecodingContext,
  decodeAudio,
} from './sources/audio/decode.ts'
export { type MicrophoneOptions, microphone, type TrackConstraints } from './sources/audio/microphone.ts'
export { type PcmOptions, pcm, type RawOptions } from './sources/audio/pcm.ts'
export type { Pulled, SignalOptions } from './sources/audio/resampled.ts'
export { type RecordOptions, record } from './sources/record.ts'
export { type ReplayOptions, replay } from './sources/replay.ts'
