import { BlockList, isIP, isIPv6 } from 'node:net'

/**
 * Addresses that are not on the public internet: loopback, private, link-local (which has the metadata service of clouds), shared,
 * documentation, multicast and reserved ones. https://www.iana.org/assignments/iana-ipv4-special-registry,
 * https://www.iana.org/assignments/iana-ipv6-special-registry
 */
const ipv4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24'],
  ...['203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
]

/** All that is not in 2000::/3, which is the public internet, and what in it stands for other addresses or for none. */
const ipv6 = [
  ...['::/3', '4000::/2', '8000::/1'],
  // Teredo and its neighbours, documentation, 6to4, documentation again.
  ...['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'],
]

/** One list for each family, because Node compares an IPv4 address with the networks of IPv6 as well. */
const inside = { ipv4: listOf(ipv4, 'ipv4'), ipv6: listOf(ipv6, 'ipv6') }

function listOf(networks: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', length] = network.split('/')
    list.addSubnet(address, Number(length), family)
  }
  return list
}

/** An IPv4 address in the form of an IPv6 one, as URLs and resolvers write it. */
const MAPPED = /^::ffff:(?:(\d+\.\d+\.\d+\.\d+)|([0-9a-f]{1,4}):([0-9a-f]{1,4}))$/i

/**
 * Whether an IP address is not on the public internet. Anything that is no IP address counts as inside.
 *
 * @param address without brackets; a zone (`%eth0`) is ignored
 */
export function isInside(address: string): boolean {
  const [plain = ''] = address.split('%')
  const [, dotted, high = '', low = ''] = MAPPED.exec(plain) ?? []
  if (dotted !== undefined) return isInside(dotted)
  if (high !== '') {
    const bits = (Number.parseInt(high, 16) << 16) | Number.parseInt(low, 16)
    return isInside([24, 16, 8, 0].map(shift => (bits >>> shift) & 255).join('.'))
  }
  if (isIP(plain) === 0) return true
  const family = isIPv6(plain) ? 'ipv6' : 'ipv4'
  return inside[family].check(plain, family)
}
