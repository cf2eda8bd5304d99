import type { CallLookup } from '@ringer/service'
import {
  type CallRecord,
  type CallRecords,
  type Keys,
  listCalls,
  type RedisClient,
  readCall,
  readRefusedWebhooks,
  readWorkers,
} from '@ringer/store'
import { describeCall } from './describe-call.ts'
import { explainNone, explainRedis } from './explain-none.ts'
import type { KnownCall } from './known-call.ts'
import { printCall } from './print-call.ts'

export interface LookupDeps {
  redis: RedisClient
  keys: Keys
  records: CallRecords
  /** The tenants. */
  appIds: readonly string[]
  /** Epoch ms, by Redis's clock. */
  now: () => number
  /** Whether the caller of a refused call is named (LOG_UIDS). Default: true. */
  logUids?: boolean | undefined
}

/** Creates the look-up from which the admin port and `ringer why` answer: what is on record at the moment of asking. */
export function createLookup({ redis, keys, records, appIds, now, logUids = true }: LookupDeps): CallLookup {
  async function read(sessionId: string): Promise<KnownCall> {
    const [call, workers] = await Promise.all([
      readCall(records, appIds, sessionId),
      readWorkers(redis, keys),
    ])
    if (call) return { call: logUids ? call : withoutCallers(call), workers }
    return { call, workers, refusedWebhooks: await readRefusedWebhooks(redis, keys, now()) }
  }

  async function find(sessionId: string) {
    const known = await read(sessionId)
    const view = describeCall(sessionId, known, now())
    return { isKnown: known.call !== undefined, json: view, text: printCall(view) }
  }

  return {
    find,
    warn: () => explainRedis({ redis, keys }),
    async explainNone() {
      const hints = [explainRedis({ redis, keys }), explainNone({ redis, keys, appIds, now: now() })]
      return (await Promise.all(hints)).flat()
    },
    async list({ since, ...query }) {
      const at = since && ('at' in since ? since.at : now() - since.ageMs)
      const calls = await listCalls(records, appIds, { ...query, since: at })
      const sessionIds = new Set(calls.map(({ sessionId }) => sessionId))
      return Promise.all(Array.from(sessionIds, find))
    },
  }
}

function withoutCallers(call: CallRecord): CallRecord {
  const withoutCaller = <T extends Pick<CallRecord, 'refusal'>>({ refusal, ...rest }: T) => {
    if (!refusal) return rest
    const { caller: _, ...counted } = refusal
    return { ...rest, refusal: counted }
  }
  return {
    ...call,
    ...withoutCaller(call),
    rings: call.rings.map(ring => ({ ...ring, ...withoutCaller(ring) })),
  }
}
