import fc from 'fast-check'

// What is true of a commit today is true of it tomorrow: the laws try the same values in each run. Other values are the fuzzer's work, or another seed's.
fc.configureGlobal({ seed: Number(process.env.POOLWISE_SEED ?? 20261129) })
