import { z } from 'zod'
import type { ConfigGroup } from '../config-group.ts'

const PROXY_URL = /^https?:\/\/[^/?#\s]+\/?$/

const fields = {
  RINGER_PROXY_URL: z
    .string()
    .refine(
      value => PROXY_URL.test(value) && URL.canParse(value),
      'must be the address of an HTTP proxy, like http://proxy.example.com:3128',
    )
    .optional()
    .meta({
      description:
        "an HTTP proxy between the worker and Apple, Google and the browsers' makers, [with a password if it wants one](deploy.md#behind-a-firewall)",
    }),
}

/** The HTTP proxy between a worker and Apple, Google and the browsers' push services. It may contain a password. */
export const proxyGroup = {
  fields,
  build: values => values.RINGER_PROXY_URL,
} satisfies ConfigGroup<typeof fields, unknown>
