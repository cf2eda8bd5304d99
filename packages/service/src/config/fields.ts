import { isIP } from 'node:net'
import { z } from 'zod'
import { refuseGuessable } from './refuse-guessable.ts'

/** The schemas for variables. All are optional: each group checks itself which variables it requires. */

export const text = z.string().optional()

/** A list of host names or addresses without ports. Empty if the variable is not set. */
export const hostNames = z
  .string()
  .default('')
  .transform(list => list.split(',').flatMap(host => host.trim() || []))
  .refine(
    hosts => hosts.every(host => isIP(host) > 0 || /^[a-z\d_-]+(\.[a-z\d_-]+)*\.?$/i.test(host)),
    'must be a list of host names without ports, like worker,metrics.internal',
  )

/**
 * The proxies whose X-Forwarded-For is believed: how many of them a request passes, or a list of their networks. `true` is
 * refused, because then everybody could choose the address that their requests seem to come from.
 */
export const proxies = z
  .string()
  .refine(
    value => /^([1-9]|10)$/.test(value) || value.split(',').every(network => isNetwork(network.trim())),
    'must be the number of proxies in front of the ingress, 1 to 10, or a list of their networks, like 10.0.0.0/8,fd00::/8',
  )
  .transform(value => (/^\d+$/.test(value) ? Number(value) : value))
  .optional()

/** An address, with or without the length of a prefix. */
function isNetwork(value: string): boolean {
  const [address = '', length, ...rest] = value.split('/')
  const bits = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0
  if (bits === 0 || rest.length > 0) return false
  return length === undefined || (/^[1-9]\d{0,2}$/.test(length) && Number(length) <= bits)
}

export const integer = (minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${minimum} to ${maximum}`)
    .transform(Number)
    .refine(
      value => value >= minimum && value <= maximum,
      `must be a whole number from ${minimum} to ${maximum}`,
    )
    .optional()

export const oneOf = <const Values extends readonly [string, ...string[]]>(...values: Values) =>
  z.enum(values, `must be one of ${values.join(', ')}`).optional()

/** CometChat's dashboard accepts letters and digits only, so CometChat could never send anything else. */
export const alphanumeric = (maximum: number) => dashboardText(maximum).optional()

const dashboardText = (maximum: number) =>
  z
    .string()
    .regex(/^[A-Za-z0-9]+$/, "must be letters and digits only, as CometChat's dashboard allows nothing else")
    .max(maximum, `must have at most ${maximum} characters, as CometChat's dashboard allows no more`)

/** A password for CometChat's dashboard, which is refused if it can be guessed. */
export const dashboardPassword = (minimum: number, maximum: number) =>
  dashboardText(maximum).superRefine(refuseGuessable(minimum, 'openssl rand -hex 24')).optional()

/** A secret in any characters, which is refused if it can be guessed. */
export const secret = (minimum: number) =>
  z.string().superRefine(refuseGuessable(minimum, 'openssl rand -base64 32')).optional()

/** A URL with one of these protocols and a host. Plain http is accepted only for a stand-in on this machine. */
export const url = (...protocols: string[]) =>
  z
    .string()
    .refine(
      value => protocols.some(protocol => value.startsWith(`${protocol}//`)) && hostOf(value) !== undefined,
      `must be a URL beginning with ${protocols.map(protocol => `${protocol}//`).join(' or ')}`,
    )
    .refine(
      value => !value.startsWith('http:') || isLoopback(hostOf(value)),
      'must be https: plain http is for a stand-in on loopback',
    )
    .optional()

const hostOf = (value: string) => (URL.canParse(value) && new URL(value).hostname) || undefined

/** Whether a host, or an address to listen on, reaches this machine only. */
export const isLoopback = (host: string | undefined) =>
  host === 'localhost' || host === '[::1]' || host === '::1' || /^127(\.\d+){3}$/.test(host ?? '')
