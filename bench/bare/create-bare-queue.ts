import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { tokensOf } from '../stage/calls.ts'
import type { BareJob } from './worker.ts'

/** The webhook's fields that a bare server reads. */
interface WebhookBody {
  data: {
    call: {
      receiver: string
      sender: string
      data: { entities: { by: { entity: { name: string } }; on: { entity: { sessionid: string } } } }
    }
  }
}

/** What a bare server reads of a webhook. */
export function readBareCall(body: WebhookBody) {
  const { receiver, data } = body.data.call
  const { by, on } = data.entities
  return { sessionId: on.entity.sessionid, uid: receiver, callerName: by.entity.name }
}

/** Creates what the bare servers do with a webhook: one `queue.add`, without options. */
export function createBareQueue(redisUrl: string, phones: number): (body: Buffer) => Promise<void> {
  const queue = new Queue<BareJob>('bare', { connection: new Redis(redisUrl) })
  return async bytes => {
    const call = readBareCall(JSON.parse(bytes.toString()))
    await queue.add('call', { ...call, phones: tokensOf(call.uid, phones) })
  }
}
