// A model from an address, as a page has it: a server on this machine.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { staticModel } from '../../../src/sources/models/staticModel.ts'
import { type Making, modelOf, wordPiece } from './tiny.ts'

const making: Making = { layout: 'model2vec', normalize: true }
const { files } = modelOf(wordPiece(), making)
let server: Server
let base: string
beforeAll(async () => {
  server = createServer(({ url = '' }, response) => {
    const bytes = files[decodeURIComponent(url.slice('/potion/'.length))]
    if (url.startsWith('/broken/')) response.writeHead(500).end()
    else if (url.startsWith('/cut/')) response.writeHead(200, { 'content-length': 10 }).write('{', () => response.destroy())
    else if (bytes) response.end(bytes)
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

test('has the frames of the files at hand', async () => {
  const text = 'the sea rises'
  const [here, there] = [await staticModel(files), await staticModel(new URL('/potion', base))]
  expect(there.frames(text)).toEqual({ ...here.frames(text), layout: there.frames(text).layout })
  expect(there.frames(text).data.some((x) => x !== 0)).toBe(true)
})

test('says what is not there, and what does not answer', async () => {
  await expect(staticModel(new URL('/none/', base))).rejects.toThrow(`staticModel: expected tokenizer.json in "${base}/none/", got none`)
  await expect(staticModel(new URL('/broken/', base))).rejects.toThrow(`at ${base}/broken/, got 500 Internal Server Error`)
  await expect(staticModel(new URL('/cut/', base))).rejects.toThrow(`at ${base}/cut/, got no answer`)
  await expect(staticModel(new URL('http://127.0.0.1:1/'))).rejects.toThrow('at http://127.0.0.1:1/, got no answer')
})
