import { BlockList, isIP } from 'node:net'

/**
 * Whether an address is that of a trusted proxy. Both Fastify, for X-Forwarded-For, and the limit on connections ask.
 *
 * @param hop how many proxies away the address is: 0 is the socket's own
 */
export type IsProxy = (address: string, hop: number) => boolean

/**
 * @param trustProxy TRUST_PROXY: how many proxies there are, or a list of their networks, like `10.0.0.0/8,fd00::/8`. With a
 *   number, nothing but the proxies may reach the ingress, so every connection comes from one. Default: nobody is a proxy
 */
export function createIsProxy(trustProxy: number | string | undefined): IsProxy {
  if (typeof trustProxy === 'number') return (_address, hop) => hop < trustProxy
  const proxies = new BlockList()
  for (const network of trustProxy?.split(',') ?? []) {
    const [address = '', length] = network.trim().split('/')
    if (length === undefined) proxies.addAddress(address, familyOf(address))
    else proxies.addSubnet(address, Number(length), familyOf(address))
  }
  // An IPv4 address that is mapped to IPv6 is found as well.
  return address => isIP(address) !== 0 && proxies.check(address, familyOf(address))
}

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4')
