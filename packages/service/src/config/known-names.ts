import { budgetsGroup } from './budgets-group.ts'
import { callPolicyGroup } from './call-policy-group.ts'
import { cometchatGroup } from './cometchat-group.ts'
import { registrationGroup } from './ingress/registration-group.ts'
import { webhookGroup } from './ingress/webhook-group.ts'
import { processGroup } from './process-group.ts'
import { eventsGroup } from './processes/events-group.ts'
import { proxyGroup } from './processes/proxy-group.ts'
import { stateGroup } from './processes/state-group.ts'
import { workerGroup } from './processes/worker-group.ts'
import { redisGroup } from './redis/redis-group.ts'
import { retentionGroup } from './retention-group.ts'

/** The names of variables. They distinguish a misspelt name from one that only another process reads. */
export interface KnownNames {
  /** Settings of one tenant. If a process serves several tenants, each has its own. */
  tenant: ReadonlySet<string>
  /** Every variable that a process of Ringer reads, because one env file may serve all processes. */
  all: ReadonlySet<string>
  /** First words of names, such as RINGER: a variable that starts with one and is not known is misspelt. */
  prefixes: readonly string[]
}

/** Returns the names of all settings of all processes. */
export const settingNames = (providers: ProviderSettings): string[] => [...knownNames(providers).all].sort()

/** The providers' variables as one group. This package does not know the providers. */
export interface ProviderSettings {
  fields: object
  /** The first words of names that only a provider's own settings have. */
  prefixes?: readonly string[]
}

const namesOf = (groups: { fields: object }[]) => groups.flatMap(({ fields }) => Object.keys(fields))

export function knownNames(providers: ProviderSettings): KnownNames {
  const processNames = namesOf([
    processGroup({ port: 0, adminPort: 0 }),
    redisGroup,
    retentionGroup,
    stateGroup,
    workerGroup([]),
    proxyGroup,
  ])
  const tenantNames = namesOf([
    cometchatGroup,
    webhookGroup,
    registrationGroup,
    callPolicyGroup,
    budgetsGroup,
    eventsGroup,
    providers,
  ])
  return {
    tenant: new Set(tenantNames),
    all: new Set(['RINGER_APPS', ...tenantNames, ...processNames]),
    prefixes: ['RINGER', 'COMETCHAT', ...(providers.prefixes ?? [])],
  }
}
