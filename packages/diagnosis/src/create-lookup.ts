import type { CallLookup } from '@ringer/service'
import {
  type CallRecords,
  type Keys,
  listCalls,
  type RedisClient,
  readCall,
  readRefusedWebhooks,
  readWorkers,
} from '@ringer/store'
import { describeCall } from './describe-call.ts'
import { explainNone } from './explain-none.ts'
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
}

/** Creates the look-up from which the admin port and `ringer why` answer: what is on record at the moment of asking. */
export function createLookup({ redis, keys, records, appIds, now }: LookupDeps): CallLookup {
  async function read(sessionId: string): Promise<KnownCall> {
    const [call, workers] = await Promise.all([
      readCall(records, appIds, sessionId),
      readWorkers(redis, keys),
    ])
    if (call) return { call, workers }
    return { call, workers, refusedWebhooks: await readRefusedWebhooks(redis, keys, now()) }
  }

  async function find(sessionId: string) {
    const known = await read(sessionId)
    const view = describeCall(sessionId, known, now())
    return { isKnown: known.call !== undefined, json: view, text: printCall(view) }
  }

  return {
    find,
    explainNone: () => explainNone({ redis, keys, appIds, now: now() }),
    async list({ since, ...query }) {
      const at = since && ('at' in since ? since.at : now() - since.ageMs)
      const calls = await listCalls(records, appIds, { ...query, since: at })
      const sessionIds = new Set(calls.map(({ sessionId }) => sessionId))
      return Promise.all(Array.from(sessionIds, find))
    },
  }
}
