import type { LookupAddress } from 'node:dns'
import { Resolver } from 'node:dns/promises'

/** Finds the addresses of a name. Rejects with an error that has a code. */
export type ResolveName = (name: string) => Promise<LookupAddress[]>

/** For one try. There are two, so a name that nobody answers for is given up after about 3 s. */
const TRY_MS = 1_000
const TRIES = 2

/**
 * Creates what asks the system's name servers themselves, for names that one user or one app may choose.
 *
 * The system's own look-up (`getaddrinfo`, Node's default) has two threads for all names of a process, and waits for 10 s for a
 * name server that does not answer. A call to one user with 20 browsers at such names would keep the worker from opening any
 * connection, also to Apple, Google and Redis, for 100 s. These questions take no thread.
 * https://nodejs.org/api/dns.html#implementation-considerations
 *
 * @param servers `address:port` of each. Default: the system's
 */
export function askNameServers(servers?: readonly string[]): ResolveName {
  const resolver = new Resolver({ timeout: TRY_MS, tries: TRIES })
  if (servers) resolver.setServers(servers)
  return async name => {
    const [ipv4, ipv6] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
    if (ipv4.status === 'rejected' && ipv6.status === 'rejected') throw ipv4.reason
    return [
      ...addressesOf(ipv4).map(address => ({ address, family: 4 })),
      ...addressesOf(ipv6).map(address => ({ address, family: 6 })),
    ]
  }
}

const addressesOf = (answer: PromiseSettledResult<string[]>) =>
  answer.status === 'fulfilled' ? answer.value : []
