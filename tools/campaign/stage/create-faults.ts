import { setTimeout as pause } from 'node:timers/promises'
import type { FakeApns, Fault } from '@ringer/fakes'
import type { Subject } from '../history.ts'
import type { FaultStep, LinkFault, Phone } from '../plan/plan.ts'
import { createKeyedQueue } from './create-keyed-queue.ts'
import type { Recorder } from './record-history.ts'
import type { RingerProcess } from './ringer-process.ts'
import type { CampaignStage } from './start-campaign-stage.ts'

const HOUR_MS = 3_600_000
/** Apple's usual limit of streams. */
const USUAL_STREAMS = 1_000

/** Causes faults, records from when to when they last, and repairs them. The faults of one subject follow each other. */
export function createFaults(phones: readonly Phone[], stage: CampaignStage, recorder: Recorder) {
  const enqueue = createKeyedQueue<Subject>()
  const { redis, providers, cometchat, routes, workers, ingresses } = stage

  /**
   * Causes one fault of one subject, waits `forMs`, and repairs it.
   *
   * @param more.after the subject whose faults it must not overlap. Default: its own
   */
  const causeTrouble = (
    subject: Subject,
    { do: kind, forMs }: { do: string; forMs: number },
    cause: () => unknown,
    repair: () => unknown,
    { after = subject, delayMs }: { after?: Subject; delayMs?: number } = {},
  ) =>
    enqueue(after, async () => {
      const end = recorder.trouble(subject, kind, { delayMs })
      await cause()
      await pause(forMs)
      await repair()
      end()
    })

  /** Freezes a half of the connections that are open now. */
  const freezePool = ({ provider, half, ...step }: Extract<FaultStep, { do: 'freeze-pool' }>) =>
    enqueue(provider, async () => {
      const connections = routes[provider].freezeHalf(half)
      const end = recorder.trouble(provider, step.do, { connections })
      await pause(step.forMs)
      routes[provider].thaw()
      end()
    })

  /** The network between one worker and one provider. Both kinds of fault act on the provider's routes, so they take turns. */
  function troubleLink(step: Extract<FaultStep, { do: LinkFault }>) {
    const { provider, worker } = step
    const route = routes[provider].of(worker)
    const link = `link-${worker}-${provider}` as const
    if (step.do === 'freeze-link') {
      const freeze = () => route.freeze({ newConnections: true })
      return causeTrouble(link, step, freeze, route.thaw, { after: provider })
    }
    const cut = () => {
      route.refuseConnections()
      route.dropConnections()
    }
    return causeTrouble(link, step, cut, route.acceptConnections, { after: provider })
  }

  function slowDown(step: Extract<FaultStep, { do: 'slow-provider' }>) {
    const server = providers[step.provider]
    let answers = 0
    const rule = () => {
      answers += 1
      return { delayMs: step.delaysMs[answers % step.delaysMs.length] ?? 0 }
    }
    const delayMs = Math.max(...step.delaysMs)
    return causeTrouble(
      step.provider,
      step,
      () => server.setRule(rule),
      () => server.setRule(null),
      { delayMs },
    )
  }

  function silenceStreams(step: Extract<FaultStep, { do: 'silence-streams' }>) {
    const server = providers[step.provider]
    const fault = step.accepts ? { acceptThenHang: true as const } : { hang: true as const }
    const silence = () => {
      const last = server.connectionsTotal
      server.setRule(({ connection }) => (connection <= last ? fault : null))
    }
    return causeTrouble(step.provider, step, silence, () => server.setRule(null))
  }

  function troubleProcess(
    one: RingerProcess | undefined,
    step: { do: string; forMs: number },
    how: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP',
  ) {
    if (!one) throw new RangeError('the plan has a process that the stage does not have')
    const subject = one.name as Subject
    if (how === 'SIGSTOP') return causeTrouble(subject, step, one.freeze, one.thaw)
    return causeTrouble(subject, step, () => one.end(how), one.start)
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

  /** The checker does not count this as a trouble: it may not cost a ring. */
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
          return causeTrouble('redis', step, redis.kill, redis.restart)
        case 'pause-redis':
          return causeTrouble('redis', step, redis.pause, redis.resume)
        case 'refuse-commands': {
          const { error, forMs } = step
          const refuse = (on: boolean) => () => redis.refuse(error, on)
          return causeTrouble('redis', { do: `refuse with ${error}`, forMs }, refuse(true), refuse(false))
        }
        case 'slow-redis': {
          const { roundTripMs: delayMs } = step
          const slow = () => redis.slowDown(delayMs)
          return causeTrouble('redis', step, slow, () => redis.slowDown(0), { delayMs })
        }
        case 'freeze-provider': {
          const route = routes[step.provider]
          const { newConnections } = step
          return causeTrouble(step.provider, step, () => route.freeze({ newConnections }), route.thaw)
        }
        case 'refuse-connections': {
          const route = routes[step.provider]
          const refuse = () => {
            route.refuseConnections()
            if (step.drop) route.dropConnections()
          }
          return causeTrouble(step.provider, step, refuse, route.acceptConnections)
        }
        case 'drop-connections': {
          const { dropConnections } = routes[step.provider]
          return causeTrouble(step.provider, { ...step, forMs: 0 }, dropConnections, () => {})
        }
        case 'freeze-pool':
          return freezePool(step)
        case 'freeze-link':
        case 'refuse-link':
          return troubleLink(step)
        case 'slow-provider':
          return slowDown(step)
        case 'silence-streams':
          return silenceStreams(step)
        case 'limit-streams':
          return limitStreams(providers[step.provider], step.forMs)
        case 'revoke-access-tokens':
          providers.fcm.revokeAccessTokens()
          if (step.refusals > 0) providers.fcm.orderTokenRequest({ status: 503 }, { times: step.refusals })
          return
        case 'trouble-cometchat': {
          const fault = () => cometchat.order(step.fault, { times: Number.MAX_SAFE_INTEGER })
          return causeTrouble('cometchat', step, fault, cometchat.clearOrders)
        }
        case 'order':
          return order(step)
        case 'report-dead':
          return reportDead(step)
      }
    },
  }
}
