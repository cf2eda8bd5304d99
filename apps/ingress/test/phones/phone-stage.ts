import { request } from 'node:http'
import { createStateUrls, type PhoneState } from '@ringer/payloads'
import type { Offers, RingToClaim } from '@ringer/store'
import { onTestFinished } from 'vitest'
import { ringEvent } from '../../../../packages/payloads/test/ring-events.ts'
import { it as storeIt, type TestStore } from '../../../../test/fixtures/store.ts'
import { type IngressOptions, openIngress, stateSecret } from '../start-ingress.ts'

export const APP_ID = 'default'
export const SESSION_ID = 'v1.eu.state'

const offers: Offers = {
  platforms: { android: {}, ios: {} },
  otherwise: { why: 'provider-not-configured', skip: '' },
}

/** A phone that rings, and what its state URL consists of. */
export interface RungPhone {
  ringId: string
  deviceId: string
  /** The path of its state URL at any ingress. */
  path: string
  /** What must never be seen in a log. */
  token: string
  /** Epoch ms. */
  receivedAt: number
  deadline: number
}

export interface RingOptions {
  /** Default: bob. */
  recipient?: string
  /** Default: android. */
  platform?: string
  /** Default: one that depends on platform and recipient. */
  token?: string
  /** Default: 30 s. */
  ringMs?: number
  event?: Partial<RingToClaim['event']>
}

export type Stage = ReturnType<typeof createStage>

/** Vitest's `it` with a store, and with what rings phones in it and starts ingresses that know them. */
export const it = storeIt.extend('stage', ({ redis, store }) => createStage(redis.url, store))

function createStage(redisUrl: string, store: TestStore) {
  const stateUrls = createStateUrls({ publicUrl: '', secrets: [stateSecret] })

  return {
    stateUrls,
    /** Starts an ingress beside the others. It closes with the test. */
    async startIngress(options: IngressOptions = {}) {
      const ingress = await openIngress(redisUrl, { prefix: store.prefix, ...options })
      onTestFinished(ingress.close)
      return ingress
    },
    /** Registers a phone for a user and rings it, as a worker does. */
    async ring(
      { recipient = 'bob', platform = 'android', token: own, ringMs = 30_000, event = {} }: RingOptions = {},
      { calls, devices }: Pick<TestStore, 'calls' | 'devices'> = store,
    ): Promise<RungPhone> {
      const receivedAt = Date.now()
      const token = own ?? `${platform}-of-${recipient}`
      const { deviceId } = await devices.register(
        { appId: APP_ID, uid: recipient, platform, kind: 'voip', token },
        receivedAt,
      )
      const whole = ringEvent({ sessionId: SESSION_ID, recipient, sentAt: receivedAt, ...event })
      const deadline = receivedAt + ringMs
      const { ringId } = await calls.claim(
        `job-of-${recipient}-${event.sessionId}`,
        { appId: APP_ID, event: whole, receivedAt, dequeuedAt: receivedAt, deadline },
        offers,
      )
      const path = stateUrls.urlOf({ ringId, deviceId })
      return { ringId, deviceId, path, token: path.slice('/r/'.length), receivedAt, deadline }
    },
    /** Ends the session, as a worker does. */
    end: (
      action: 'cancelled' | 'unanswered' | 'rejected' | 'ended' | 'busy' = 'cancelled',
      recipient?: string,
    ) =>
      store.calls.end(
        `job-${action}`,
        APP_ID,
        { kind: 'end', action, sessionId: SESSION_ID, recipient },
        Date.now(),
      ),
    /** Answers the call of a user, on a device if one is given. */
    answer: (deviceId?: string, uid = 'bob') =>
      store.calls.answer(
        `job-answer-${deviceId}`,
        APP_ID,
        { kind: 'answer', sessionId: SESSION_ID, uid, deviceId },
        Date.now(),
      ),
  }
}

/** Opens a stream of server-sent events. It is cut at the end of the test. */
export async function openStream(url: string, headers: Record<string, string> = {}) {
  const outgoing = request(url, { agent: false, headers: { accept: 'text/event-stream', ...headers } })
  onTestFinished(() => void outgoing.destroy())
  let text = ''
  const ended = Promise.withResolvers<'ended' | 'cut'>()
  const answered = Promise.withResolvers<{ status: number; headers: Record<string, unknown> }>()
  outgoing.on('error', answered.reject)
  outgoing.on('response', incoming => {
    answered.resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers })
    incoming.setEncoding('utf8').on('data', chunk => {
      text += chunk
    })
    incoming.on('error', () => ended.resolve('cut'))
    incoming.on('end', () => ended.resolve('ended'))
  })
  outgoing.end()
  const { status, headers: received } = await answered.promise
  return {
    status,
    headers: received,
    /** All that was sent so far. */
    text: () => text,
    /** The states that were told so far. */
    states: () =>
      Array.from(
        text.matchAll(/^event: state\ndata: (.*)\n\n/gm),
        ([, json = '']) => JSON.parse(json) as PhoneState,
      ),
    /** Whether the server finished the answer, or the connection broke. */
    ended: ended.promise,
    leave: () => void outgoing.destroy(),
  }
}
