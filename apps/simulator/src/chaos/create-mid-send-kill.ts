import type { FakeApns, ReceivedPush } from '@ringer/fakes'
import { type CallEntry, isLive } from '../simulation/call-entry.ts'
import { Refusal } from '../simulation/refusal.ts'
import type { Chaos } from './create-chaos.ts'
import type { WorkersControl, WorkerView } from './workers-control.ts'

/** `failed`: the call is over, and the phone never rang. */
export type MidSendKillView = {
  phase: 'calling' | 'killed' | 'rang' | 'failed'
  sessionId: string
  /** Who held the push, and was killed. */
  killed: Pick<WorkerView, 'id' | 'pid'>[]
  /** From the kill to the ring. */
  ringMs?: number | undefined
  /** How many times Apple saw the push, and whether each of them carried one and the same `apns-id`. */
  attempts: number
  sameApnsId: boolean
}

export type MidSendKill = {
  /** Has Alice call, and kills the worker whose push to Bob's iPhone hangs. Resolves with the call's session id. */
  run: () => Promise<string>
  view: () => MidSendKillView | undefined
  close: () => void
}

/**
 * The promise, put to the test: a push hangs at Apple, its worker dies, another one rings the phone. One that is killed
 * between two attempts would prove less.
 */
export function createMidSendKill(deps: {
  workers: WorkersControl | undefined
  chaos: Pick<Chaos, 'order' | 'clear'>
  apns: FakeApns
  iphoneToken: string
  clock: () => number
  placeCall: () => Promise<{ sessionId: string }>
  findCall: (sessionId: string) => CallEntry | undefined
  onChange: () => void
}): MidSendKill {
  const { workers, chaos, apns, clock } = deps
  let scene: { sessionId?: string; killed: WorkerView[]; killedAt?: number } | undefined
  let off = () => {}

  function kill(control: WorkersControl, push: ReceivedPush): void {
    if (push.fault !== 'hang' || push.token !== deps.iphoneToken || !scene) return
    off()
    const holder = control.holderOf(push)
    scene.killed = control.list().filter(({ id, alive }) => alive && (holder === undefined || id === holder))
    scene.killedAt = clock()
    if (typeof push.data.sessionId === 'string') scene.sessionId = push.data.sessionId
    for (const { id } of scene.killed) control.kill(id)
    deps.onChange()
  }

  return {
    run: async () => {
      if (!workers) {
        throw new Refusal(409, 'no_workers', 'the workers run elsewhere: kill one by hand while it sends')
      }
      if (workers.list().filter(({ alive }) => alive).length < 2) {
        throw new Refusal(
          409,
          'too_few_workers',
          'somebody must be left to ring: wait until two workers live',
        )
      }
      off()
      await chaos.clear()
      scene = { killed: [] }
      off = apns.onPush(push => kill(workers, push))
      await chaos.order({ provider: 'apns', fault: 'hang' })
      try {
        const { sessionId } = await deps.placeCall()
        scene.sessionId = sessionId
        return sessionId
      } catch (error) {
        off()
        scene = undefined
        await chaos.clear()
        throw error
      }
    },
    view: () => {
      if (!scene?.sessionId) return undefined
      const { sessionId, killed, killedAt } = scene
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
    close: () => off(),
  }
}
