/** Process: the floor of the pipeline. A BullMQ worker that calls node-apn's `provider.send`, and nothing else. */
import { Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { readOptions, serveParent } from '../processes/parent.ts'
import type { ApnsAccess } from './apns-access.ts'
import { createBareApns } from './create-bare-apns.ts'

export interface BareWorkerOptions {
  redisUrl: string
  queue: string
  concurrency: number
  apns: ApnsAccess
}

/** A call, with the tokens of the phones, which a bare worker has nowhere to look up. */
export interface BareJob {
  sessionId: string
  uid: string
  callerName: string
  phones: readonly string[]
}

const { redisUrl, queue, concurrency, apns } = readOptions<BareWorkerOptions>()
const send = createBareApns(apns)
const worker = new Worker<BareJob>(
  queue,
  async ({ data }) => {
    await Promise.all(data.phones.map(token => send(data, token)))
  },
  { connection: new Redis(redisUrl, { maxRetriesPerRequest: null }), concurrency },
)
worker.on('error', error => process.stderr.write(`${error.message}\n`))
worker.on('failed', (_job, error) => process.stderr.write(`${error.message}\n`))
await worker.waitUntilReady()
serveParent({})
