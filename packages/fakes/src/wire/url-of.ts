import { isIPv6 } from 'node:net'

const ANYWHERE = ['0.0.0.0', '::']

/** The address for a client on this machine, by a name that the stand-ins' certificate carries. */
export function urlOf(scheme: 'http' | 'https', host: string, port: number): string {
  const name = ANYWHERE.includes(host) ? '127.0.0.1' : host
  return `${scheme}://${isIPv6(name) ? `[${name}]` : name}:${port}`
}
