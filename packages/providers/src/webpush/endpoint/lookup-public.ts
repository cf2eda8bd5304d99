import type { LookupFunction } from 'node:net'
import type { ResolveName } from '@ringer/service'
import { isPublicAddress } from './is-public-address.ts'

/** The code of the error for a name that leads to inside addresses only. */
export const INSIDE_ADDRESS = 'ERR_INSIDE_ADDRESS'

/**
 * Looks a name up for a connection, and keeps only public addresses. The connection is made to one of these and to nothing else,
 * so a name whose address changes between a check and the connection (DNS rebinding) gains nothing.
 */
export const createLookupPublic =
  (ask: ResolveName): LookupFunction =>
  (name, options, callback) => {
    ask(name).then(
      addresses => {
        const usable = addresses.filter(({ address }) => isPublicAddress(address))
        const [first] = usable
        if (!first) return callback(new InsideAddressError('the name leads to no public address'), '')
        if (options.all) callback(null, usable)
        else callback(null, first.address, first.family)
      },
      error => callback(error, ''),
    )
  }

class InsideAddressError extends Error {
  readonly code = INSIDE_ADDRESS
}
