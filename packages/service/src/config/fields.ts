import { z } from 'zod'

/** The shapes that a variable can have. All are optional: what must be there together is each group's own check. */

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

/** CometChat's dashboard takes letters and digits only, so anything else could never be sent. */
export const alphanumeric = (maximum: number) =>
  z
    .string()
    .regex(/^[A-Za-z0-9]+$/, "must be letters and digits only, as CometChat's dashboard allows nothing else")
    .max(maximum, `must have at most ${maximum} characters, as CometChat's dashboard allows no more`)
    .optional()

export const url = (...protocols: string[]) =>
  z
    .string()
    .refine(
      value => URL.canParse(value) && protocols.includes(new URL(value).protocol),
      `must be a URL beginning with ${protocols.map(protocol => `${protocol}//`).join(' or ')}`,
    )
    .optional()
