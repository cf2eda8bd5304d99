import { BlockList, isIP } from 'node:net'
import type { StateUrlSettings } from '@ringer/payloads'
import { z } from 'zod'
import type { ConfigGroup, Env } from '../config-group.ts'
import { isLoopback } from '../fields.ts'
import { refuseGuessable } from '../refuse-guessable.ts'

const LEAST_CHARACTERS = 32

/** A state URL adds 67 characters, and pushes have 4,096 bytes for everything. */
const LONGEST_URL = 200

/** While the secret is being changed there are two: the first one signs, both verify. */
const secretsIn = (list: string) => list.split(',').map(secret => secret.trim())

const refuse = refuseGuessable(LEAST_CHARACTERS, 'openssl rand -base64 32')

const fields = {
  RINGER_PUBLIC_URL: z
    .string()
    .max(LONGEST_URL, `must have at most ${LONGEST_URL} characters`)
    .superRefine((value, context) => {
      const fault = faultOfUrl(value)
      if (fault) context.addIssue(fault)
    })
    .optional()
    .meta({
      description:
        'the ingress as phones reach it, like `https://ringer.example.com`: [each push carries a `stateUrl`](deploy.md#to-the-screen), where the phone asks whether it still rings and reports that it does. Set it with `RINGER_STATE_SECRET`, the same on both processes',
    }),
  RINGER_STATE_SECRET: z
    .string()
    .superRefine((list, context) => {
      const secrets = secretsIn(list)
      if (secrets.length > 2) return context.addIssue('must be one secret, or two as new,old')
      for (const secret of secrets) refuse(secret, context)
    })
    .transform(secretsIn)
    .optional()
    .meta({
      description:
        'signs these URLs; at least 32 characters (`openssl rand -base64 32`); `new,old` while you change it',
    }),
}

/**
 * Where phones ask for the state of a ring and report that it rang, and the secret that signs these URLs. The ingress and the
 * workers need the same. Undefined: pushes carry no URL, and the ingress has no such routes.
 */
export const stateGroup = {
  fields,
  check({ RINGER_PUBLIC_URL: publicUrl, RINGER_STATE_SECRET: secret }: Env) {
    const faults: Record<string, string> = {}
    if (publicUrl && !secret)
      faults.RINGER_STATE_SECRET =
        'is required with RINGER_PUBLIC_URL, because it signs the URLs that phones get; make one with: openssl rand -base64 32'
    if (secret && !publicUrl)
      faults.RINGER_PUBLIC_URL =
        'is required with RINGER_STATE_SECRET: the address at which phones reach the ingress, like https://ringer.example.com'
    return faults
  },
  build({ RINGER_PUBLIC_URL: publicUrl, RINGER_STATE_SECRET: secrets }): StateUrlSettings | undefined {
    if (publicUrl === undefined || secrets === undefined) return undefined
    return { publicUrl: publicUrl.replace(/\/+$/, ''), secrets }
  },
} satisfies ConfigGroup<typeof fields, unknown>

function faultOfUrl(value: string): string | undefined {
  if (!/^https?:\/\//.test(value) || !URL.canParse(value))
    return 'must be a URL beginning with https://, like https://ringer.example.com'
  const { protocol, hostname, username, password } = new URL(value)
  if (/[?#]/.test(value)) return 'must have no query and no fragment'
  if (username || password) return 'must contain no login'
  if (protocol === 'http:' && !isOnLocalNetwork(hostname))
    return 'must be https: plain http is for a loopback or private address'
  return undefined
}

const privateNetworks = new BlockList()
for (const [network, bits, family] of [
  ['10.0.0.0', 8, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['fc00::', 7, 'ipv6'],
] as const)
  privateNetworks.addSubnet(network, bits, family)

/** Whether a host is this machine, a private address, or a name without a dot, which only a local network knows. */
function isOnLocalNetwork(hostname: string): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1')
  const family = isIP(address)
  if (family === 0) return isLoopback(hostname) || !hostname.includes('.')
  return isLoopback(hostname) || privateNetworks.check(address, family === 6 ? 'ipv6' : 'ipv4')
}
