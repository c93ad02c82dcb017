import type { ViteUserConfig } from 'vitest/config'
import config from './vitest.config.ts'

/** What takes longer than `npm test` may: whole recordings, memory over hours, other libraries beside ours. */
const full: ViteUserConfig = { ...config, test: { include: ['test/full/**/*.test.ts', 'test/peers/*.test.ts'], testTimeout: 600_000 } }
export default full
