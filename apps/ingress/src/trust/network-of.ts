import { isIP } from 'node:net'

/**
 * Returns what an address counts for: an IPv4 address for itself, an IPv6 address for its network of 64 bits, because one host
 * can use all addresses of such a network. A proxy may have added a port, and a client may have sent anything: without an
 * address the result is undefined.
 */
export function networkOf(given: string): string | undefined {
  const address = given.replace(/^::ffff:(?=\d+\.)/i, '').replace(/^(\d+(?:\.\d+){3}):\d+$/, '$1')
  switch (isIP(address)) {
    case 4:
      return address
    case 6:
      return `${groupsOf(address).slice(0, 4).join(':')}::/64`
    default:
      return undefined
  }
}

/** Returns the eight groups of an IPv6 address in their shortest form, so that one address has one spelling. */
function groupsOf(address: string): string[] {
  const [before = '', after] = new URL(`http://[${address.split('%')[0]}]`).hostname.slice(1, -1).split('::')
  const split = (part: string) => (part === '' ? [] : part.split(':'))
  if (after === undefined) return split(before)
  const zeros = 8 - split(before).length - split(after).length
  return [...split(before), ...Array<string>(zeros).fill('0'), ...split(after)]
}
