import type { CallView, StatusView } from '@ringer/diagnosis'
import { z } from 'zod'

/**
 * What Ringer answers, as schemas. `satisfies` keeps them to the types that the code answers with, and a test compares them with
 * real answers. Objects are loose: fields may be added.
 */
const instant = z.iso.datetime()
const ms = z.number()

/** `because`: the code of the cause, if that is known. */
const diagnosis = {
  code: z.string(),
  because: z.string().optional(),
  sentence: z.string(),
  fix: z.string(),
}

export const error = z.looseObject({
  error: z.looseObject({ code: z.string(), message: z.string(), field: z.string().optional() }),
})

export const stored = z.looseObject({
  status: z.enum(['queued', 'duplicate', 'ignored']),
  reason: z.string().optional(),
})

export const registered = z.looseObject({
  status: z.literal('registered'),
  deviceId: z.string(),
  deviceIds: z.array(z.string()).optional(),
})

export const vapid = z.looseObject({ publicKey: z.string() })

export const unregistered = z.looseObject({ status: z.enum(['unregistered', 'unknown']), count: z.int() })

const device = z.looseObject({
  id: z.string(),
  platform: z.string(),
  kind: z.string(),
  environment: z.string().optional(),
  bundleId: z.string().optional(),
  deviceId: z.string().optional(),
  registeredAt: instant,
  seenAt: instant,
  setAside: z.looseObject({ at: instant, reason: z.string().optional() }).optional(),
})

export const devices = z.looseObject({ devices: z.array(device) })

export const ringable = z.looseObject({
  uid: z.string(),
  ringable: z.boolean(),
  devices: z.array(
    z.looseObject({
      id: z.string(),
      platform: z.string(),
      kind: z.string(),
      deviceId: z.string().optional(),
      rings: z.string(),
      diagnosis: z.looseObject(diagnosis).optional(),
      health: z.looseObject({}),
      lastRing: z.looseObject({ at: instant, sessionId: z.string(), diagnosis: z.string() }).optional(),
      lastReceiptAt: instant.optional(),
      registeredAt: instant,
    }),
  ),
})

/** Instants of a phone's own routes are epoch ms: no library is needed to compare them. */
export const state = z.looseObject({
  state: z.enum(['ringing', 'answered', 'ended', 'expired']),
  callAction: z.string(),
  answeredHere: z.boolean().optional(),
  deadline: ms,
  now: ms,
  caller: z.looseObject({ uid: z.string(), name: z.string().optional() }),
  avatar: z.string().optional(),
  group: z
    .looseObject({ guid: z.string(), name: z.string().optional(), icon: z.string().optional() })
    .optional(),
})

export const answered = z.looseObject({ status: z.enum(['queued', 'duplicate']) })

export const live = z.looseObject({ status: z.literal('live') })

export const ready = z.looseObject({
  status: z.enum(['ready', 'not ready']),
  checks: z.record(z.string(), z.union([z.literal(true), z.string(), z.looseObject({ ready: z.boolean() })])),
})

/** `queue`: the queue that no worker serves. `lateMs`: how late the webhook came. */
const verdict = z.looseObject({
  ...diagnosis,
  queue: z.string().optional(),
  lateMs: ms.optional(),
  docs: z.string(),
})

const attempt = z.looseObject({
  attempt: z.int(),
  times: z.int().optional(),
  at: instant.optional(),
  sentAt: instant.optional(),
  ms: ms.optional(),
  tookMs: ms.optional(),
  leftMs: ms.optional(),
  outcome: z.string(),
  status: z.int().optional(),
  reason: z.string().optional(),
  words: z.string(),
})

const phone = z.looseObject({
  deviceId: z.string(),
  appDeviceId: z.string().optional(),
  platform: z.string(),
  provider: z.string().optional(),
  pushId: z.string().optional(),
  verdict,
  attempts: z.array(attempt),
  receipts: z.array(z.looseObject({ event: z.string(), at: instant, ms, phoneAt: instant.optional() })),
})

const ring = z.looseObject({
  ringId: z.string(),
  recipient: z.string(),
  state: z.string(),
  verdict,
  receivedAt: instant,
  deadline: instant,
  note: z.string().optional(),
  devices: z.array(phone),
})

const step = z.looseObject({
  at: instant,
  ms,
  what: z.string(),
  recipient: z.string().optional(),
  deviceId: z.string().optional(),
})

export const call = z.looseObject({
  appId: z.string().optional(),
  sessionId: z.string(),
  verdict,
  nextStep: z.string(),
  note: z.string().optional(),
  rings: z.array(ring),
  timeline: z.array(step),
})

export const unknownCall = call.extend(error.shape)

const hint = z.looseObject({ verdict, note: z.string().optional() })

/** `hints`: why calls may be missing. */
export const calls = z.looseObject({ calls: z.array(call), hints: z.array(hint).optional() })

const problem = { sentence: z.string(), fix: z.string() }
const labels = z.record(z.string(), z.string())

export const status = z.looseObject({
  at: instant,
  process: z.string(),
  version: z.string(),
  redisMs: ms,
  queues: z.array(
    z.looseObject({
      name: z.string(),
      active: z.int(),
      waiting: z.int(),
      oldestMs: ms,
      workers: z.int(),
      problem: z.looseObject(problem).optional(),
    }),
  ),
  workers: z.array(
    z.looseObject({
      id: z.string(),
      version: z.string(),
      startedAt: instant,
      runsMs: ms,
      seenMs: ms,
      queues: z.array(z.string()),
      leaves: z.array(z.string()),
    }),
  ),
  breakers: z.array(
    z.looseObject({ queue: z.string(), leftBy: z.array(z.string()), takenBy: z.int(), ...problem }),
  ),
  figures: z.looseObject({
    counts: z.array(z.looseObject({ metric: z.string(), labels, count: z.number() })),
    latencies: z.array(
      z.looseObject({
        metric: z.string(),
        labels,
        buckets: z.array(z.looseObject({ uptoMs: ms.nullable(), count: z.number() })),
      }),
    ),
  }),
})

// A field that the code stops to answer, or answers differently, fails the type check here.
type KeysOf<Type> = { [Name in keyof Type as string extends Name ? never : Name]: true }
const _call: KeysOf<z.infer<typeof call>> = {} as KeysOf<CallView>
const _status: KeysOf<z.infer<typeof status>> = {} as KeysOf<StatusView>
void [_call, _status]
