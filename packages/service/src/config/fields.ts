import { z } from 'zod'
import { refuseGuessable } from './refuse-guessable.ts'

/** The schemas for variables. All are optional: each group checks itself which variables it requires. */

export const text = z.string().optional()

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
