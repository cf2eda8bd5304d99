import { isAllowedHost } from '@ringer/service'
import type { FastifyRequest } from 'fastify'
import { Refusal } from '../refusal.ts'

/**
 * Creates a hook that refuses requests that a browser sends from another site. The simulator listens on developers' machines,
 * where any web page that they visit could post to localhost. curl and scripts send none of these headers and are allowed.
 *
 * `Origin` is checked for every method, because the event stream is a GET. `Sec-Fetch-Site` is not checked for GET: a link on
 * another site may lead to the page.
 *
 * @param hosts further hosts that the page may be opened at
 */
export const refuseCrossSite =
  (hosts: readonly string[]) =>
  async ({ method, headers }: FastifyRequest): Promise<void> => {
    const { origin, host, 'sec-fetch-site': site } = headers
    const isRead = method === 'GET' || method === 'HEAD'
    const isOwnSite = isRead || site === undefined || site === 'same-origin' || site === 'none'
    if (isOwnSite && (origin === undefined || isOwnOrigin(origin, host, hosts))) return
    throw new Refusal(
      403,
      'cross_site',
      'requests from another site are refused; SIMULATOR_HOSTS names more hosts at which the page may be opened',
    )
  }

/** The host and the port must be those of the request: another port on this machine is another site. */
function isOwnOrigin(origin: string, host: string | undefined, allowed: readonly string[]): boolean {
  if (!URL.canParse(origin)) return false
  const { host: from } = new URL(origin)
  return from === host?.toLowerCase() && isAllowedHost(from, { allowed })
}
