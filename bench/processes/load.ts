/** Process: the load generator. It builds all requests first, then sends them in a closed or an open loop. */
import { setTimeout as pause } from 'node:timers/promises'
import { buildRequest } from '../load/build-request.ts'
import { type Connections, createConnections } from '../load/create-connections.ts'
import { makeCalls } from '../stage/calls.ts'
import { monotonicMs } from './clock.ts'
import { readOptions, serveParent } from './parent.ts'

export interface LoadOptions {
  url: string
}

/** Calls to announce, in a closed loop: a connection sends the next webhook when the last one was answered. */
export interface ClosedLoop {
  batch: string
  calls: number
  connections: number
}

/** Calls to announce in an open loop: webhooks are sent at fixed intervals, whatever the answers do. */
export interface OpenLoop {
  batch: string
  calls: number
  perSecond: number
}

/** What happened to the webhooks, in the order of their calls. All times are ms of the monotonic clock. */
export interface LoadResult {
  sentAt: number[]
  answeredAt: number[]
  /** How many were answered with each status. */
  statuses: Record<number, number>
}

/** How many connections are open before an open loop starts. */
const OPEN_CONNECTIONS = 20

const { url } = readOptions<LoadOptions>()

async function runClosed({ batch, calls, connections: count }: ClosedLoop): Promise<LoadResult> {
  const { requests, result, send, connections } = await prepare(batch, calls, count)
  const waiting = requests.keys()
  const work = async () => {
    for (const index of waiting) await send(index)
  }
  await Promise.all(Array.from({ length: count }, work))
  connections.close()
  return result
}

async function runOpen({ batch, calls, perSecond }: OpenLoop): Promise<LoadResult> {
  const { requests, result, send, connections } = await prepare(batch, calls, OPEN_CONNECTIONS)
  const startedAt = monotonicMs()
  const sent: Promise<void>[] = []
  for (const index of requests.keys()) {
    const left = startedAt + (index * 1_000) / perSecond - monotonicMs()
    if (left > 0) await pause(left)
    sent.push(send(index))
  }
  await Promise.all(sent)
  connections.close()
  return result
}

async function prepare(batch: string, calls: number, count: number) {
  const requests = makeCalls(batch, calls).map(buildRequest)
  const connections: Connections = createConnections(url)
  await connections.open(count)
  const result: LoadResult = { sentAt: [], answeredAt: [], statuses: {} }
  const send = async (index: number) => {
    const request = requests[index]
    if (!request) return
    const { status, sentAt, answeredAt } = await connections.send(request)
    result.sentAt[index] = sentAt
    result.answeredAt[index] = answeredAt
    result.statuses[status] = (result.statuses[status] ?? 0) + 1
  }
  return { requests, connections, result, send }
}

serveParent({}, { closed: runClosed, open: runOpen })
