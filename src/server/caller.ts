import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import { show } from '../core/check.ts'
import { Refused } from './refused.ts'
import type { Limits } from './serverOptions.ts'

/**
 * Refuses whom a browser sends here behind its user's back: a page whose own name leads to this machine (its Host is that name, where ours is an address), and a page from elsewhere.
 * Who is no browser sends no Origin.
 */
export function checkCaller({ host = '', origin }: IncomingHttpHeaders, { host: own, names, origins }: Limits): void {
  const name = host.replace(/:\d*$/, '').toLowerCase()
  const known = isIP(name.replace(/^\[(.*)\]$/, '$1')) > 0 || ['localhost', own, ...names].some((one) => one.toLowerCase() === name)
  if (!known)
    throw new Refused(403, `Host: expected an address, localhost or a name of --allow-host, got ${show(host)}`, { connection: 'close' })
  if (origin !== undefined && origin !== `http://${host}` && !origins.includes(origin))
    throw new Refused(403, `Origin: expected http://${host} or one of --allow-origin, got ${show(origin)}`, { connection: 'close' })
}
