import { setTimeout as pause } from 'node:timers/promises'
import { deviceIdOf } from '@ringer/store'
import type { History, KnownPhone } from '../history.ts'
import { type Plan, WORKERS } from '../plan/plan.ts'
import { flooders } from '../plan/plan-floods.ts'
import type { Recorder } from './record-history.ts'
import type { CampaignStage } from './start-campaign-stage.ts'

const APP_ID = 'default'
const RING_MS = 30_000
/** How long after the last deadline everything must be recorded. */
const SETTLING_MS = 6_000
/** How long to watch for further pushes once everything is settled. */
const QUIET_MS = 3_000

/** Waits until every call is settled, or is long past its deadline. Then reads what Redis holds, and completes the history. */
export async function readHistory(
  {
    registrationAuth,
    phones,
    madeUp,
    clocks,
  }: Pick<Plan, 'registrationAuth' | 'phones' | 'madeUp' | 'clocks'>,
  stage: CampaignStage,
  recorder: Recorder,
): Promise<History> {
  const { recorded } = recorder
  const sessions = [...new Set(recorded.webhooks.map(({ sessionId }) => sessionId))]
  const lastAt = Math.max(...recorded.webhooks.map(({ answeredAt }) => answeredAt))
  const readAll = async () => {
    const calls = await Promise.all(sessions.map(sessionId => stage.records.read(APP_ID, sessionId)))
    return {
      records: calls.flatMap(call => call?.rings ?? []),
      groupNotes: new Map(
        calls.flatMap(call =>
          call?.note?.startsWith('the group was not rung') ? [[call.sessionId, call.note] as const] : [],
        ),
      ),
    }
  }
  let read = await readAll()
  while (Date.now() < lastAt + RING_MS + SETTLING_MS && !isSettled(recorded, read)) {
    await pause(500)
    read = await readAll()
  }
  await pause(QUIET_MS)
  await stage.phoneReports.done()
  recorder.close()

  const owners = new Map<string, string>()
  for (const { token } of phones) {
    const device = await stage.registry.get(deviceIdOf(APP_ID, token))
    if (device) owners.set(token, device.uid)
  }
  const knownPhones = phones.map(({ name, token, platform, environment, sendsEnvironment }): KnownPhone => {
    const apple = environment === 'sandbox' ? ('apns-sandbox' as const) : ('apns' as const)
    if (platform !== 'ios') return { name, token, provider: 'fcm' }
    // Without an environment, a worker tries production first.
    const isTriedElsewhere = apple === 'apns-sandbox' && !sendsEnvironment
    return { name, token, provider: apple, ...(isTriedElsewhere && { triedFirst: 'apns' }) }
  })
  return {
    ...recorded,
    endedAt: Date.now(),
    workers: WORKERS,
    registrationAuth,
    ringMs: RING_MS,
    phones: knownPhones,
    clocks,
    connectionEnds: new Map(Object.values(stage.routes).flatMap(({ ends }) => [...ends])),
    madeUp: new Set(madeUp.map(({ token }) => token)),
    flooders,
    ...(await readAll()),
    owners,
  }
}

const open = new Set(['queued', 'sending', 'retryable'])

function isSettled(
  { webhooks }: Recorder['recorded'],
  { records, groupNotes }: Pick<History, 'records' | 'groupNotes'>,
): boolean {
  const promised = webhooks.filter(({ kind, status }) => kind === 'ring' && status === 200)
  const recorded = new Set(records.map(({ sessionId, recipient }) => `${sessionId} ${recipient}`))
  return (
    promised.every(
      ({ sessionId, recipient }) => recorded.has(`${sessionId} ${recipient}`) || groupNotes.has(sessionId),
    ) && records.every(({ devices }) => devices.every(({ outcome }) => !open.has(outcome)))
  )
}
