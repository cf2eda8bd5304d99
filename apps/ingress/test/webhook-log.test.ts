import { expect } from 'vitest'
import {
  messageSent,
  participantJoined,
  providerChat,
  SENT_AT,
  SESSION_ID,
  sessionEnded,
  signalledEnd,
  signalledRing,
} from '../../../packages/payloads/test/webhooks.ts'
import { it } from './start-ingress.ts'

const patience = { timeout: 5_000 }

/** The time is that of the n-th webhook: 10 s pass between two. */
function createClock() {
  let webhooks = 0
  return { clock: () => SENT_AT + 10_000 * webhooks, next: () => (webhooks += 1) }
}

it('the webhook log has a retry with its time, and not the webhook that rang, which the record of the ring has', async ({
  startIngress,
}) => {
  const { clock, next } = createClock()
  const ingress = await startIngress({ clock })
  await ingress.deliver(signalledRing())
  next()
  expect((await ingress.deliver(signalledRing())).body).toEqual({ status: 'duplicate' })
  const retry = { receivedAt: SENT_AT + 10_000, kind: 'ring', answer: 'duplicate' }
  await expect.poll(() => ingress.readWebhooks(SESSION_ID), patience).toEqual([retry])
})

it('the webhook log has ends and answers in the order of their arrival, also of calls that no webhook announced', async ({
  startIngress,
}) => {
  const { clock, next } = createClock()
  const ingress = await startIngress({ clock })
  await ingress.deliver(participantJoined('call', { who: { uid: 'bob' } }))
  await expect.poll(() => ingress.readWebhooks(SESSION_ID), patience).toHaveLength(1)
  next()
  await ingress.deliver(signalledEnd('cancelled'))
  await expect.poll(() => ingress.readWebhooks(SESSION_ID), patience).toHaveLength(2)
  next()
  await ingress.deliver(sessionEnded('call'))
  await expect
    .poll(() => ingress.readWebhooks(SESSION_ID), patience)
    .toEqual([
      { receivedAt: SENT_AT, kind: 'answer', answer: 'queued' },
      { receivedAt: SENT_AT + 10_000, kind: 'end', action: 'cancelled', answer: 'queued' },
      { receivedAt: SENT_AT + 20_000, kind: 'end', action: 'ended', answer: 'queued' },
    ])
})

it('the webhook log has no messages, ignored webhooks or ends without a session', async ({
  startIngress,
}) => {
  const sessions: string[] = []
  const ingress = await startIngress({
    webhookLog: {
      refused() {},
      stored() {},
      add: async (_appId, sessionId) => void sessions.push(sessionId),
    },
  })
  await ingress.deliver(providerChat(), { path: '/providers/cometchat' })
  await ingress.deliver(messageSent())
  await ingress.deliver(signalledEnd('rejected', { entities: 'none' }))
  await ingress.deliver(signalledEnd('rejected'))
  expect(sessions).toEqual([SESSION_ID])
})

it('the answer to a webhook does not wait for the webhook log', async ({ startIngress }) => {
  const ingress = await startIngress({
    webhookLog: { refused() {}, stored() {}, add: () => new Promise(() => {}) },
  })
  await ingress.deliver(signalledRing())
  expect(await ingress.deliver(signalledRing())).toMatchObject({ status: 200, body: { status: 'duplicate' } })
})
