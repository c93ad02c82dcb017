import { planChannels } from '../../windows/channels.ts'
import { poolStage } from './poolStage.ts'

/**
 * Pools the channels of each frame into one: the layers of a model, the microphones of an array, left and right.
 *
 * Shape: n frames of planes × bins × channels → n frames of planes·outputs × bins × 1; weights, marks and clock as they were. Each channel counts alike.
 *
 * @throws TypeError when planned for a pooling across lanes
 * @example
 * apply(frames([1, 3, 5, 9], { bins: 2, channels: 2 }), channelPool('mean')).data // 2, 7
 */
export const channelPool = /* @__PURE__ */ poolStage('channelPool', {}, () => (input, pooling, spec) => planChannels(spec, input, pooling))
