import { apnsGroup } from './apns-group.ts'
import { fcmGroup } from './fcm-group.ts'
import { processGroup } from './process-group.ts'
import { redisGroup } from './redis-group.ts'
import { registrationGroup } from './registration-group.ts'
import { cometchatAppGroup, webhookGroup } from './webhook-group.ts'
import { workerGroup } from './worker-group.ts'

/** Every variable that some process of Ringer reads: one env file may serve them all. */
export const knownNames: ReadonlySet<string> = new Set(
  [
    apnsGroup,
    cometchatAppGroup,
    webhookGroup,
    fcmGroup,
    processGroup({ port: 0, adminPort: 0 }),
    redisGroup,
    registrationGroup,
    workerGroup,
  ].flatMap(group => Object.keys(group.fields)),
)
