import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { apnsActs, fcmActs } from '../chaos/connection-faults.ts'
import type { Chaos, ProviderId } from '../chaos/create-chaos.ts'
import { phoneActs } from '../chaos/phone-faults.ts'
import { type Promised, promises } from '../chaos/promises.ts'
import { apnsPushFaults, fcmPushFaults, isApnsFault } from '../chaos/push-faults.ts'
import { parseRequest } from './parse-request.ts'

/** Accepts the names in these tables. */
const namesIn = <Name extends string>(...tables: Partial<Record<Name, unknown>>[]) =>
  z.enum(tables.flatMap(table => Object.keys(table) as Name[]))

const trial = z.discriminatedUnion('provider', [
  z.strictObject({ provider: z.literal('apns'), fault: namesIn<Promised>(promises.apns) }),
  z.strictObject({ provider: z.literal('fcm'), fault: namesIn<keyof typeof promises.fcm>(promises.fcm) }),
])
const times = z.int().min(1).max(100).optional()
const order = z
  .discriminatedUnion('provider', [
    z.strictObject({
      provider: z.literal('apns'),
      fault: namesIn<keyof typeof apnsPushFaults | keyof typeof apnsActs | keyof typeof phoneActs>(
        apnsPushFaults,
        apnsActs,
        phoneActs,
      ),
      times,
    }),
    z.strictObject({
      provider: z.literal('fcm'),
      fault: namesIn<keyof typeof fcmPushFaults | keyof typeof fcmActs>(fcmPushFaults, fcmActs),
      times,
    }),
  ])
  .refine(({ fault, times }) => times === undefined || isApnsFault(fault), {
    path: ['times'],
    error: 'counts pushes, but this fault concerns connections',
  })

/**
 * Routes that order faults. The first two answer with the faults that are active now; the others also place a call, and answer with
 * its session id.
 */
export function chaosRoutes(
  server: FastifyInstance,
  deps: {
    chaos: Chaos
    tryFault: (provider: ProviderId, fault: Promised) => Promise<string>
    killInMidSend: () => Promise<string>
  },
): void {
  const { chaos, tryFault, killInMidSend } = deps
  server.post('/api/chaos', async request => {
    await chaos.order(parseRequest(order, request.body))
    return { inForce: chaos.activeFaults() }
  })
  server.post('/api/chaos/clear', async () => {
    await chaos.clear()
    return { inForce: chaos.activeFaults() }
  })
  server.post('/api/chaos/kill-in-mid-send', async () => ({ sessionId: await killInMidSend() }))
  server.post('/api/chaos/try', async request => {
    const { provider, fault } = parseRequest(trial, request.body)
    return { sessionId: await tryFault(provider, fault) }
  })
}
