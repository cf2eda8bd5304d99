import type { FastifyRequest } from 'fastify'
import { Refusal } from '../refusal.ts'

/**
 * Refuses requests that a browser sends from another site. The simulator listens on developers' machines, where any web
 * page that they visit could post to localhost. curl and scripts send none of these headers and are allowed.
 */
export async function refuseCrossSite({ method, headers }: FastifyRequest): Promise<void> {
  if (method === 'GET' || method === 'HEAD') return
  const site = headers['sec-fetch-site']
  const sameSite = site === undefined || site === 'same-origin' || site === 'none'
  if (sameSite && (headers.origin === undefined || hostOf(headers.origin) === headers.host)) return
  throw new Refusal(403, 'cross_site', 'requests from another site are refused')
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}
