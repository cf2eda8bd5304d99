import { setTimeout as pause } from 'node:timers/promises'
import type { BenchCall } from '../stage/calls.ts'
import type { Sink } from '../stage/start-bench-stage.ts'
import { buildRequest } from './build-request.ts'
import { createConnections } from './create-connections.ts'

/** Sends webhooks and waits for their pushes. */
export interface Driver {
  /**
   * Keeps `inFlight` calls under way, from the webhook to the push, until all are done. Resolves with the time from each
   * webhook's last byte to its push's first byte, ms.
   *
   * @param pauseMs how long to wait after each push
   */
  drive(calls: readonly BenchCall[], inFlight: number, pauseMs?: number): Promise<number[]>
  close(): void
}

/** Creates a driver. Each call must ring one phone. */
export async function createDriver(url: string, sink: Sink): Promise<Driver> {
  const connections = createConnections(url)
  const waiting = new Map<string, (at: number) => void>()
  sink.onMessage(message => {
    const { arrived, at } = message as { arrived: string; at: number }
    waiting.get(arrived)?.(at)
    waiting.delete(arrived)
  })
  await sink.ask('report', true)

  async function driveOne(call: BenchCall): Promise<number> {
    const arrived = new Promise<number>(resolve => waiting.set(call.sessionId, resolve))
    const { status, sentAt } = await connections.send(buildRequest(call))
    if (status !== 200) throw new Error(`a webhook was answered with ${status}`)
    return (await arrived) - sentAt
  }

  return {
    async drive(calls, inFlight, pauseMs = 0) {
      const next = calls.values()
      const latencies: number[] = []
      const work = async () => {
        for (const call of next) {
          latencies.push(await driveOne(call))
          if (pauseMs > 0) await pause(pauseMs)
        }
      }
      await Promise.all(Array.from({ length: inFlight }, work))
      return latencies
    },
    close: () => connections.close(),
  }
}
