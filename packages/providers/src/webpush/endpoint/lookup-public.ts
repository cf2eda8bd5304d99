import { lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { isPublicAddress } from './is-public-address.ts'

/** The code of the error for a name that leads to inside addresses only. */
export const INSIDE_ADDRESS = 'ERR_INSIDE_ADDRESS'

/**
 * Looks a name up for a connection, and keeps only public addresses. The connection is made to one of these and to nothing else,
 * so a name whose address changes between a check and the connection (DNS rebinding) gains nothing.
 *
 * @param ask how names are looked up. Default: as the system does
 */
export const createLookupPublic =
  (ask: typeof lookup = lookup): LookupFunction =>
  (hostname, options, callback) => {
    ask(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '')
      const usable = addresses.filter(({ address }) => isPublicAddress(address))
      const [first] = usable
      if (!first) return callback(new InsideAddressError('the name leads to no public address'), '')
      if (options.all) callback(null, usable)
      else callback(null, first.address, first.family)
    })
  }

class InsideAddressError extends Error {
  readonly code = INSIDE_ADDRESS
}
