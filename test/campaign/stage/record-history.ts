import type { FakePushServer, ReceivedPush } from '@ringer/fakes'
import type { History, SeenPush, Subject } from '../history.ts'
import type { ProviderName } from '../plan/plan.ts'

const HEARTBEAT_MS = 50
/** Below this a held-up process does not show. */
const STALL_MS = 200

/** What is written down while a campaign goes on; the rest of a history is read at its end. */
export type Recorded = Pick<
  History,
  'startedAt' | 'webhooks' | 'registrations' | 'pushes' | 'troubles' | 'notices' | 'crashes'
>

export interface Recorder {
  recorded: Recorded
  /** Each process's log lines, in the order in which they were printed. */
  lines: { name: string; line: string }[]
  /** Notes trouble from now until what is returned is called. */
  trouble(subject: Subject, kind: string): () => void
  watch(provider: ProviderName, server: Pick<FakePushServer<never>, 'onPush'>): void
  close(): void
}

export function createRecorder(): Recorder {
  const recorded: Recorded = {
    ...{ startedAt: Date.now(), webhooks: [], registrations: [], pushes: [] },
    ...{ troubles: [], notices: [], crashes: [] },
  }
  let beatAt = Date.now()
  // The stand-ins live in this process: while it is held up, nothing can be received or answered.
  const heart = setInterval(() => {
    const now = Date.now()
    if (now - beatAt > STALL_MS) {
      recorded.troubles.push({ subject: 'machine', kind: 'held up', from: beatAt, to: now })
    }
    beatAt = now
  }, HEARTBEAT_MS)

  return {
    recorded,
    lines: [],
    trouble(subject, kind) {
      const trouble = { subject, kind, from: Date.now(), to: Number.POSITIVE_INFINITY }
      recorded.troubles.push(trouble)
      return () => {
        trouble.to = Date.now()
      }
    },
    watch(provider, server) {
      server.onPush(push => recorded.pushes.push(seen(provider, push)))
    },
    close: () => clearInterval(heart),
  }
}

function seen(provider: ProviderName, push: ReceivedPush): SeenPush {
  const { at, token, headers, data, status, reason, accepted, fault } = push
  return {
    ...{ provider, at, status, reason, accepted, fault, token: token ?? '' },
    sessionId: String(data.sessionId),
    rings: data.callAction === 'initiated' && (data.type === 'call' || data.type === 'incoming_call'),
    pushType: headers['apns-push-type'],
    apnsId: headers['apns-id'],
    uuid: String(data.uuid),
    callUuid: String(data.callUUID),
    expiresAt: expiryOf(provider, push),
  }
}

/** Apple's in seconds since 1970, Google's as `12.5s` from the arrival. */
function expiryOf(provider: ProviderName, { at, headers, body }: ReceivedPush): number | undefined {
  if (provider !== 'fcm') {
    const expiration = headers['apns-expiration']
    return expiration === undefined ? undefined : Number(expiration) * 1_000
  }
  const ttl = /"ttl":"([\d.]+)s"/.exec(JSON.stringify(body))?.[1]
  return ttl === undefined ? undefined : at + Number(ttl) * 1_000
}
