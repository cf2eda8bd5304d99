import { apnsGroup } from './apns-group.ts'
import { callPolicyGroup } from './call-policy-group.ts'
import { cometchatAppGroup } from './cometchat-app-group.ts'
import { fcmGroup } from './fcm-group.ts'
import { processGroup } from './process-group.ts'
import { redisGroup } from './redis-group.ts'
import { registrationGroup } from './registration-group.ts'
import { webhookGroup } from './webhook-group.ts'
import { workerGroup } from './worker-group.ts'

const namesOf = (groups: { fields: object }[]) => groups.flatMap(({ fields }) => Object.keys(fields))

/** The variables that are an app's own: where a process serves several apps, each has its own. */
export const appNames: ReadonlySet<string> = new Set(
  namesOf([cometchatAppGroup, webhookGroup, registrationGroup, callPolicyGroup, apnsGroup, fcmGroup]),
)

/** Every variable that some process of Ringer reads: one env file may serve them all. */
export const knownNames: ReadonlySet<string> = new Set([
  'RINGER_APPS',
  ...appNames,
  ...namesOf([processGroup({ port: 0, adminPort: 0 }), redisGroup, workerGroup]),
])
