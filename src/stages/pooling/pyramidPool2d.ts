import { adaptiveBins, pyramid, pyramidOptions } from './adaptiveWindows.ts'
import { poolStage } from './poolStage.ts'

/**
 * Spatial pyramid over time × bins: level n pools n × n cells. Bins become planes, since levels differ in their number.
 *
 * Shape: L × bins → 1 frame of Σn² × outputs planes.
 *
 * @source He et al. 2014, with PyTorch's adaptive windows
 * @example
 * apply(frames([1, 2, 3, 4], { bins: 2 }), pyramidPool2d('max', { levels: [1, 2] })).data // 4, 1, 2, 3, 4
 */
export const pyramidPool2d = /* @__PURE__ */ poolStage(
  'pyramidPool2d',
  pyramidOptions,
  pyramid((input, count) => ({
    count,
    bins: adaptiveBins(input, count),
    cells: Array.from({ length: count }, (_, j) => `bin${j + 1}of${count}`),
  })),
)
