import * as core from '../../core/stage.ts'
import { type Nested, nestStage, stageList } from './nestStage.ts'

const nesting = /* @__PURE__ */ nestStage(
  'chain',
  'series',
  {
    /** The stages, each of which gets what the one before gives. */
    stages: stageList(0),
  },
  ({ stages }) => core.chain(...stages).plan,
)

/**
 * Stages one after the other as one stage.
 *
 * Shape: what the first takes → what the last gives. Errors name the stage they are from.
 *
 * @throws TypeError for what are no stages, or more than 256
 * @example
 * apply(frames([1, 5, 2, 4]), chain(pool1d('max', { size: 2 }), globalPool('mean'))).data // 4.5
 */
export const chain = /* @__PURE__ */ Object.assign((...stages: core.Stage[]): Nested => nesting.of(stages), nesting)
