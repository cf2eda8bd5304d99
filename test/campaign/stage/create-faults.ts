import { setTimeout as pause } from 'node:timers/promises'
import type { FakeApns, Fault } from '@ringer/fakes'
import type { Subject } from '../history.ts'
import type { FaultStep, Phone } from '../plan/plan.ts'
import { createInTurn } from './in-turn.ts'
import type { Recorder } from './record-history.ts'
import type { RingerProcess } from './ringer-process.ts'
import type { Stage } from './start-stage.ts'

const HOUR_MS = 3_600_000
/** A limit that Apple lifts again. */
const USUAL_STREAMS = 1_000

/** Makes trouble, notes from when to when, and puts it right. One thing's troubles come one after the other. */
export function createFaults(phones: readonly Phone[], stage: Stage, recorder: Recorder) {
  const inTurn = createInTurn<Subject>()
  const { redis, providers, workers, ingresses } = stage

  /** One trouble of one thing: made, kept up for so long, put right. */
  const trouble = (
    subject: Subject,
    { do: kind, forMs }: { do: string; forMs: number },
    make: () => unknown,
    mend: () => unknown,
  ) =>
    inTurn(subject, async () => {
      const over = recorder.trouble(subject, kind)
      await make()
      await pause(forMs)
      await mend()
      over()
    })

  function troubleProcess(
    one: RingerProcess | undefined,
    step: { do: string; forMs: number },
    how: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP',
  ) {
    if (!one) throw new RangeError('there is no such process')
    const subject = one.name as Subject
    if (how === 'SIGSTOP') return trouble(subject, step, one.freeze, one.thaw)
    return trouble(subject, step, () => one.end(how), one.start)
  }

  function reportDead({ phone: index, stale }: { phone: number; stale: boolean }) {
    const phone = phones[index]
    if (!phone) throw new RangeError(`there is no phone ${index}`)
    const { token, platform, environment } = phone
    const at = Date.now()
    if (platform === 'android') {
      providers.fcm.order({ status: 404, reason: 'UNREGISTERED' }, { token })
      recorder.recorded.notices.push({ token, at })
      return
    }
    const since = stale ? at - HOUR_MS : at
    const fault = { status: 410, reason: 'Unregistered', timestamp: since }
    providers[environment === 'sandbox' ? 'apns-sandbox' : 'apns'].order(fault, { token })
    recorder.recorded.notices.push({ token, at, since })
  }

  function order(step: Extract<FaultStep, { do: 'order' }>) {
    const token = step.phone === undefined ? undefined : phones[step.phone]?.token
    const scope = { times: step.times, ...(token && { token }) }
    if (step.provider === 'fcm') providers.fcm.order(step.fault as Fault, scope)
    else providers[step.provider].order(step.fault, scope)
  }

  /** Not a trouble in the checker's sense: nothing may be lost by it. */
  async function limitStreams(server: FakeApns, forMs: number) {
    server.setStreamLimit(1)
    await pause(forMs)
    server.setStreamLimit(USUAL_STREAMS)
  }

  return {
    async perform(step: FaultStep): Promise<void> {
      switch (step.do) {
        case 'kill-worker':
          return troubleProcess(workers[step.worker], step, 'SIGKILL')
        case 'terminate-worker':
          return troubleProcess(workers[step.worker], step, 'SIGTERM')
        case 'freeze-worker':
          return troubleProcess(workers[step.worker], step, 'SIGSTOP')
        case 'kill-ingress':
          return troubleProcess(ingresses[step.ingress], step, 'SIGKILL')
        case 'terminate-ingress':
          return troubleProcess(ingresses[step.ingress], step, 'SIGTERM')
        case 'kill-redis':
          return trouble('redis', step, redis.kill, redis.restart)
        case 'pause-redis':
          return trouble('redis', step, redis.pause, redis.resume)
        case 'freeze-provider': {
          const server = providers[step.provider]
          const { newConnections } = step
          return trouble(step.provider, step, () => server.freeze({ newConnections }), server.thaw)
        }
        case 'refuse-connections': {
          const server = providers[step.provider]
          const refuse = () => {
            server.refuseConnections()
            if (step.drop) server.dropConnections()
          }
          return trouble(step.provider, step, refuse, server.acceptConnections)
        }
        case 'drop-connections': {
          const server = providers[step.provider]
          return trouble(step.provider, { ...step, forMs: 0 }, server.dropConnections, () => {})
        }
        case 'limit-streams':
          return limitStreams(providers[step.provider], step.forMs)
        case 'revoke-access-tokens':
          providers.fcm.revokeAccessTokens()
          if (step.refusals > 0) providers.fcm.orderTokenRequest({ status: 503 }, { times: step.refusals })
          return
        case 'order':
          return order(step)
        case 'report-dead':
          return reportDead(step)
      }
    },
  }
}
