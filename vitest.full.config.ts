import { defineConfig, mergeConfig } from 'vitest/config'
import config from './vitest.config.ts'

/** What takes longer than `npm test` may: whole recordings, memory over hours. */
const full: ReturnType<typeof mergeConfig> = mergeConfig(config, defineConfig({ test: { testTimeout: 600_000 } }))
full.test.include = ['test/full/**/*.test.ts']
export default full
