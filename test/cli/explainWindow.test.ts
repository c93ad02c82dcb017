import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { dialectTable, type WindowArguments } from '../../src/cli/explainWindow.ts'

const shown = (args: WindowArguments) => stripVTControlCharacters(dialectTable(args))

describe('explain window', () => {
  test('shows each dialect with its numbers, and says what differs', () => {
    expect(shown({ shape: '5,7', size: '3', padding: '1' })).toBe(`dialect   output  stride  padding  divisor
poolwise  2×3     3×3     1:1×1:1  4 first, 6 last
torch     2×3     3×3     1:1×1:1  9 first, 9 last
onnx      5×7     1×1     1:1×1:1  4 first, 4 last

divisor: what the average divides by in the first window and in the last

keras refuses it: padding must be 'valid' or 'same', got 1
output differs: 2×3 in poolwise, torch; 5×7 in onnx
stride differs: 3×3 in poolwise, torch; 1×1 in onnx
divisor differs: 4 first, 6 last in poolwise; 9 first, 9 last in torch; 4 first,
4 last in onnx
`)
  })

  test('says when they agree', () => {
    expect(shown({ shape: '8', size: '2', stride: '2' })).toContain('\npoolwise, keras, torch, onnx agree\n')
  })

  test('fits into 80 columns', () => {
    const all: WindowArguments[] = [
      { shape: '100,200,300', size: '11,12,13', padding: '0:1,2:3,4:5' },
      { shape: '1024,1024,1024', size: '3', stride: '1', padding: 'same' },
      { shape: '20,30', size: '2,3', dilation: '2,1', stride: '1' },
      { shape: '2', size: '4', stride: '3' },
    ]
    for (const args of all) for (const line of shown(args).split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })

  test('reads padding as a rule, a number, one for each axis, or before and after', () => {
    const paddings = ['same', 'same-lower', '1', '1,0', '1:0,0:1']
    const rows = paddings.map((padding) => /^poolwise .*?(\S+:\S+)/m.exec(shown({ shape: '5,5', size: '2', stride: '1', padding }))![1])
    expect(rows).toEqual(['0:1×0:1', '1:0×1:0', '1:1×1:1', '1:1×0:0', '1:0×0:1'])
    expect(shown({ shape: '5', size: '2', stride: '1', padding: '1:0' })).toMatch(/^poolwise {2}5 .*1:0/m)
  })

  test.each<[string, WindowArguments]>([
    ['--shape: expected a whole number ≥ 1, got "x"', { shape: '5,x', size: '3' }],
    ['--size: expected a whole number ≥ 1, got "0"', { shape: '5', size: '0' }],
    [
      "--padding: expected 'valid', 'same', 'same-lower', or numbers such as 1, 1,2 or 0:1, got \"smae\"",
      { shape: '5', size: '3', padding: 'smae' },
    ],
    ['partial must be one of drop, keep, got "kep"; did you mean "keep"?', { shape: '5', size: '3', partial: 'kep' }],
  ])('%s', (message, args) => {
    expect(() => dialectTable(args)).toThrow(message)
  })
})
