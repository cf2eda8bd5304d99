import type { FastifyRequest } from 'fastify'
import { Refusal } from '../simulation/refusal.ts'

/**
 * The simulator listens on developers' machines, where any web page they visit could post to localhost. A browser says
 * where a request comes from; curl and scripts say nothing and pass.
 */
export async function refuseCrossSite({ method, headers }: FastifyRequest): Promise<void> {
  if (method === 'GET' || method === 'HEAD') return
  const site = headers['sec-fetch-site']
  const sameSite = site === undefined || site === 'same-origin' || site === 'none'
  if (sameSite && (headers.origin === undefined || hostOf(headers.origin) === headers.host)) return
  throw new Refusal(403, 'cross_site', 'requests from another site’s page are refused')
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}
