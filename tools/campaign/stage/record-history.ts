import type { FakePushServer, ReceivedPush } from '@ringer/fakes'
import type { History, SeenPush, Subject, Trouble } from '../history.ts'
import type { ProviderName } from '../plan/plan.ts'
import type { Routes, Sender } from './start-routes.ts'

const HEARTBEAT_MS = 50
/** A shorter stall of the process is not recorded. */
const STALL_MS = 200

/** What is recorded during a campaign; the rest of the history is read at its end. */
export type Recorded = Pick<
  History,
  | 'startedAt'
  | 'webhooks'
  | 'registrations'
  | 'noise'
  | 'pushes'
  | 'asks'
  | 'receipts'
  | 'troubles'
  | 'notices'
  | 'crashes'
>

export interface Recorder {
  recorded: Recorded
  /** The log lines of all processes, in the order in which they were printed. */
  lines: { name: string; line: string }[]
  /** Records a trouble from now on. Returns a function that records its end. */
  trouble(subject: Subject, kind: string, more?: Pick<Trouble, 'connections' | 'delayMs'>): () => void
  watch(provider: ProviderName, server: Pick<FakePushServer<never>, 'onPush'>, routes: Routes): void
  close(): void
}

export function createRecorder(): Recorder {
  const recorded: Recorded = {
    ...{ startedAt: Date.now(), webhooks: [], registrations: [], noise: [] },
    ...{ pushes: [], asks: [], receipts: [], troubles: [], notices: [], crashes: [] },
  }
  let beatAt = Date.now()
  // The stand-ins run in this process: while it stalls, they receive and answer nothing.
  const heartbeat = setInterval(() => {
    const now = Date.now()
    if (now - beatAt > STALL_MS) {
      recorded.troubles.push({ subject: 'machine', kind: 'stalled', from: beatAt, to: now })
    }
    beatAt = now
  }, HEARTBEAT_MS)

  return {
    recorded,
    lines: [],
    trouble(subject, kind, more = {}) {
      const trouble = { subject, kind, ...more, from: Date.now(), to: Number.POSITIVE_INFINITY }
      recorded.troubles.push(trouble)
      return () => {
        trouble.to = Date.now()
      }
    },
    watch(provider, server, routes) {
      server.onPush(push => recorded.pushes.push(seen(provider, push, routes.senderAt(push.remotePort))))
    },
    close: () => clearInterval(heartbeat),
  }
}

function seen(provider: ProviderName, push: ReceivedPush, sender: Sender | undefined): SeenPush {
  const { at, answeredAt, token, headers, data, status, reason, accepted, fault } = push
  return {
    ...{ provider, at, status, reason, accepted, fault, token: token ?? '' },
    ...{ ...sender, answeredAt: answeredAt ?? undefined },
    sessionId: String(data.sessionId),
    rings: data.callAction === 'initiated' && (data.type === 'call' || data.type === 'incoming_call'),
    pushType: headers['apns-push-type'],
    apnsId: headers['apns-id'],
    uuid: String(data.uuid),
    callUuid: String(data.callUUID),
    expiresAt: expiryOf(provider, push),
  }
}

/** Apple's expiration is in seconds since 1970. Google's ttl, such as `12.5s`, counts from the arrival. */
function expiryOf(provider: ProviderName, { at, headers, body }: ReceivedPush): number | undefined {
  if (provider !== 'fcm') {
    const expiration = headers['apns-expiration']
    return expiration === undefined ? undefined : Number(expiration) * 1_000
  }
  const ttl = /"ttl":"([\d.]+)s"/.exec(JSON.stringify(body))?.[1]
  return ttl === undefined ? undefined : at + Number(ttl) * 1_000
}
