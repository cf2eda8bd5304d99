import type { FakeApns, ReceivedPush } from '@ringer/fakes'
import { Refusal } from '../refusal.ts'
import { type CallEntry, isLive } from '../scene/call-entry.ts'
import type { Chaos } from './create-chaos.ts'
import type { WorkerProcess, WorkersControl } from './workers-control.ts'

export interface MidSendKillView {
  /** `failed`: the call ended, and the phone never rang. */
  phase: 'calling' | 'killed' | 'rang' | 'failed'
  sessionId: string
  /** The workers that were killed because one of them was sending the push. */
  killed: Pick<WorkerProcess, 'id' | 'pid'>[]
  /** The time from the kill to the ring. */
  ringMs?: number | undefined
  /** How many pushes for this call Apple received for the iPhone. */
  attempts: number
  /** Whether they all had the same `apns-id`. */
  sameApnsId: boolean
}

export interface MidSendKill {
  /** Places a call from Alice, and kills the worker whose push to Bob's iPhone hangs. Resolves with the session id. */
  run: () => Promise<string>
  view: () => MidSendKillView | undefined
  forget: () => void
  close: () => void
}

/**
 * Shows Ringer's promise on the page: a push hangs at Apple, the worker that sent it dies, and another worker rings the
 * phone. The worker is killed during an attempt; a kill between two attempts would prove less.
 */
export function createMidSendKill(deps: {
  workers: WorkersControl | undefined
  chaos: Pick<Chaos, 'order' | 'clear'>
  apns: FakeApns
  iphoneToken: string
  clock: () => number
  /** Ends the call that is in progress, if any. */
  endCall: () => Promise<void>
  placeCall: () => Promise<{ sessionId: string }>
  findCall: (sessionId: string) => CallEntry | undefined
  onChange: () => void
}): MidSendKill {
  const { workers, chaos, apns, clock } = deps
  let latestRun: { sessionId?: string; killed: WorkerProcess[]; killedAt?: number } | undefined
  let stopListening = () => {}

  function killSender(control: WorkersControl, push: ReceivedPush): void {
    if (push.fault !== 'hang' || push.token !== deps.iphoneToken || !latestRun) return
    stopListening()
    const sender = control.senderOf(push)
    const suspects = control
      .list()
      .filter(({ id, alive }) => alive && (sender === undefined || id === sender))
    latestRun.killed = suspects
    latestRun.killedAt = clock()
    if (typeof push.data.sessionId === 'string') latestRun.sessionId = push.data.sessionId
    for (const { id } of suspects) control.kill(id)
    deps.onChange()
  }

  return {
    run: async () => {
      if (!workers) {
        const message = 'this process cannot kill the workers: kill one by hand while it is sending'
        throw new Refusal(409, 'no_workers', message)
      }
      if (workers.list().filter(({ alive }) => alive).length < 2) {
        const message = 'another worker must be left to ring the phone: wait until two are running'
        throw new Refusal(409, 'too_few_workers', message)
      }
      stopListening()
      await chaos.clear()
      await deps.endCall()
      latestRun = { killed: [] }
      stopListening = apns.onPush(push => killSender(workers, push))
      await chaos.order({ provider: 'apns', fault: 'hang' })
      try {
        const { sessionId } = await deps.placeCall()
        latestRun.sessionId = sessionId
        return sessionId
      } catch (error) {
        stopListening()
        latestRun = undefined
        await chaos.clear()
        throw error
      }
    },
    view: () => {
      if (!latestRun?.sessionId) return undefined
      const { sessionId, killed, killedAt } = latestRun
      const entry = deps.findCall(sessionId)
      const rangAt = entry?.rangAt.iphone
      const pushes = entry?.pushes.filter(({ phone }) => phone === 'iphone') ?? []
      const open = entry !== undefined && isLive(entry)
      return {
        phase:
          rangAt !== undefined ? 'rang' : !open ? 'failed' : killedAt === undefined ? 'calling' : 'killed',
        sessionId,
        killed: killed.map(({ id, pid }) => ({ id, pid })),
        ringMs: rangAt === undefined || killedAt === undefined ? undefined : rangAt - killedAt,
        attempts: pushes.length,
        sameApnsId: pushes.length > 0 && new Set(pushes.map(({ apnsId }) => apnsId)).size === 1,
      }
    },
    forget: () => {
      stopListening()
      latestRun = undefined
    },
    close: () => stopListening(),
  }
}
