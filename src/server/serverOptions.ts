import { type Given, integer, list, number, type Read, text } from '../core/options.ts'

/** How a server is reached, and what it bears. */
export const serverOptions = {
  /** 0 is any that is free. */
  port: integer(0, 65535).default(8080),
  /** The address that it listens on. */
  host: text('an address or a name').default('127.0.0.1'),
  /** Names that it goes by, beside addresses and localhost. Others are refused, as a page may have its own name lead here (DNS rebinding). */
  names: list(text('a name'), { min: 0, like: '["sound.local"]' }).default([]),
  /** Of pages that are served elsewhere and may ask, besides its own. */
  origins: list(text('an origin'), { min: 0, like: '["http://localhost:3000"]' }).default([]),
  /** Most that a body may have. */
  size: integer(1, 2 ** 31)
    .default(2 ** 25)
    .unit('bytes'),
  /** Most that a body of texts may have. */
  texts: integer(1, 2 ** 31)
    .default(2 ** 20)
    .unit('bytes'),
  /** Most that a recording may last; of few bytes some codecs make days. */
  length: number({ above: 0 }).default(600).unit('s'),
  /** Most that a request may take to come, and then to be answered. */
  timeout: number({ min: 0.1, max: 3600 }).default(30).unit('s'),
  /** Most that a stream may be without a message, or a client without reading one. */
  idle: number({ min: 0.1, max: 3600 }).default(60).unit('s'),
  /** Most that are open at once. */
  connections: integer(1, 65535).default(256),
  /** Most of them that are streams. */
  streams: integer(0, 65535).default(16),
}

export type ServerOptions = Given<typeof serverOptions>

export type Limits = Read<typeof serverOptions>
