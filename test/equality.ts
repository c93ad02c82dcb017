import { expect } from 'vitest'

// Arrays of the same numbers, to the bit, are found equal at once; all others are compared as ever, which names each element by a string.
expect.addEqualityTesters([(a, b) => (ArrayBuffer.isView(a) && ArrayBuffer.isView(b) && alike(a, b) ? true : undefined)])

function alike(a: ArrayBufferView, b: ArrayBufferView): boolean {
  return a.constructor === b.constructor && bytesOf(a).equals(bytesOf(b))
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)
}
