import { open, pool1d, signal } from 'poolwise'
import { argmax } from 'poolwise/poolings'
import { expect, test } from 'vitest'

test('windows of hours have states of what was heard, not of all that may be', () => {
  const own = argmax
  let bound = 0
  const counted: typeof own = {
    ...own,
    bind(...args) {
      bound++
      return own.bind(...args)
    },
  }
  const samples = signal(new Float32Array(900), { rate: 8000 })
  const machine = open(pool1d(counted, { size: '600s', stride: 2 }), samples.layout)
  machine.push(samples)
  // One a pane of two samples, and the few that are filled, merged and given.
  expect(bound).toBeLessThan(samples.length)
})
