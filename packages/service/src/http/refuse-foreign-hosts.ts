import { isIP } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** `name`, `name:port`, `1.2.3.4:port` or `[::1]:port`. */
const HOST_HEADER = /^(?:\[([\da-f:.]+)\]|([^\s:/?#@[\]]+))(?::\d{1,5})?$/i
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/

export interface HostRules {
  /** Names and addresses to answer to besides loopback, without ports. */
  allowed: readonly string[]
  /** Whether every IP address is answered to. Default: only loopback and those that are allowed. */
  anyAddress?: boolean
}

/**
 * Reads the host name or address from a `Host` header or the host part of an origin, in lower case and without port,
 * brackets and final dot. Returns undefined if it is malformed.
 */
export function readHostName(header: string): string | undefined {
  const [, address, name] = HOST_HEADER.exec(header) ?? []
  return (address ?? name)?.toLowerCase().replace(/\.$/, '')
}

/** Whether a server answers requests for this host. */
export function isAllowedHost(header: string, { allowed, anyAddress = false }: HostRules): boolean {
  const host = readHostName(header)
  if (host === undefined) return false
  if (LOOPBACK.test(host) || (anyAddress && isIP(host) > 0)) return true
  return allowed.some(each => readHostName(isIP(each) === 6 ? `[${each}]` : each) === host)
}

/**
 * Creates a hook that refuses requests for another host with 421. Against DNS rebinding: a web page can make the name of its
 * own site resolve to this machine, and the browser then lets it read what this server answers. Such requests have the
 * site's name as `Host`. Browsers always send one, so a request without `Host` (HTTP/1.0) does not come from a page.
 *
 * @param setting the setting that allows more hosts; the answer names it
 */
export const refuseForeignHosts =
  (rules: HostRules, setting: string) =>
  async ({ headers }: FastifyRequest, reply: FastifyReply) => {
    if (headers.host === undefined || isAllowedHost(headers.host, rules)) return
    const message = `this server does not answer to the name in the Host header; to allow it, add it to ${setting}`
    return reply.code(421).send({ error: { code: 'foreign_host', message } })
  }
