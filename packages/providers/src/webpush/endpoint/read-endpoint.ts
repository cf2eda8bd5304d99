import { isIP } from 'node:net'

/** The endpoints of Apple, Google, Microsoft and Mozilla have at most about 1,000 characters. */
const MAX_LENGTH = 2_048

/** Names that never lead to the public internet (RFC 6761, RFC 6762, RFC 8375, and ICANN's resolution on .internal). */
const INSIDE_NAME = /(^|\.)(localhost|local|internal|home\.arpa)$/

export type ReadEndpoint = { ok: true; url: URL } | { ok: false; message: string }

/** The host of a URL as WEBPUSH_ENDPOINT_HOSTS lists it: an IPv6 address without its brackets. */
export const hostOf = ({ hostname }: URL) => hostname.replace(/^\[|\]$/g, '')

/**
 * Reads the endpoint of a subscription. It comes from a browser, or from whoever can register, and is requested from inside our
 * network: it must be https, on the usual port, at a name that can be public. Where that name leads is checked at every connection.
 *
 * @param furtherHosts hosts in lower case that may be anything else: a stand-in, or a push service of one's own, on any port
 */
export function readEndpoint(text: string, furtherHosts: readonly string[]): ReadEndpoint {
  if (text.length > MAX_LENGTH) return refuse(`must have an endpoint of at most ${MAX_LENGTH} characters`)
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'https:') return refuse('must have an endpoint that is an https URL')
  if (url.username || url.password) return refuse('must have an endpoint without a user name or password')
  url.hash = ''
  const host = hostOf(url)
  if (furtherHosts.includes(host)) return { ok: true, url }
  const name = host.replace(/\.$/, '')
  if (isIP(host) || !name.includes('.') || INSIDE_NAME.test(name)) {
    return refuse(
      'must have an endpoint at the public name of a push service; WEBPUSH_ENDPOINT_HOSTS allows other hosts',
    )
  }
  if (url.port !== '')
    return refuse('must have an endpoint on port 443; WEBPUSH_ENDPOINT_HOSTS allows a host with other ports')
  return { ok: true, url }
}

const refuse = (message: string): ReadEndpoint => ({ ok: false, message })
