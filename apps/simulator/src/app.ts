import type { FakeApns, FakeFcm } from '@ringer/fakes'
import { addHealthRoutes } from '@ringer/service'
import { type FastifyBaseLogger, fastify, LogController } from 'fastify'
import { type BreakageView, createBreakage } from './chaos/create-breakage.ts'
import type { WorkersControl } from './chaos/workers-control.ts'
import type { WebhookCredentials } from './cometchat.ts'
import { answerErrors } from './http/answer-errors.ts'
import { callRoutes } from './http/call-routes.ts'
import { chaosRoutes } from './http/chaos-routes.ts'
import { createEventStream } from './http/create-event-stream.ts'
import { messageRoutes } from './http/message-routes.ts'
import { pageRoutes } from './http/page-routes.ts'
import { refuseCrossSite } from './http/refuse-cross-site.ts'
import { workerRoutes } from './http/worker-routes.ts'
import type { Handset } from './phones/handset.ts'
import { registerPhones } from './phones/register-phones.ts'
import { connectPhones } from './simulation/connect-phones.ts'
import { createSimulation } from './simulation/create-simulation.ts'
import type { Snapshot } from './simulation/snapshot.ts'
import type { ReadCall, WatchCalls } from './timeline/watch-calls.ts'

/** What a page is sent. */
export type PageState = Snapshot & { breakage: BreakageView }

export type SimulatorDeps = {
  ingressUrl: string
  /** What CometChat signs its webhooks with. */
  credentials: WebhookCredentials
  /** The phones' own key for registering, as `Authorization: Bearer`. */
  registrationKey?: string | undefined
  apns: FakeApns
  fcm: FakeFcm
  watchCalls: WatchCalls
  readCall: ReadCall
  /** Power over Ringer's workers, if there is any. */
  workers?: WorkersControl | undefined
  /** CometChat's app id in the webhooks; `simulator` unless told. */
  appId?: string | undefined
  ringSeconds?: number | undefined
  logger?: FastifyBaseLogger | undefined
}

export type Simulator = {
  /** Starts serving and registering the phones; resolves with the page's URL. */
  listen: (at: { host: string; port: number }) => Promise<string>
  close: () => Promise<void>
}

/** The world outside Ringer on one page: CometChat's webhooks, Apple's and Google's phones. */
export function createSimulator(deps: SimulatorDeps): Simulator {
  const app = fastify({
    ...(deps.logger ? { loggerInstance: deps.logger } : { logger: false }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 16_384,
    requestTimeout: 10_000,
    forceCloseConnections: true,
  })
  const simulation = createSimulation({
    ...deps,
    appId: deps.appId ?? 'simulator',
    ringSeconds: deps.ringSeconds ?? 30,
    onChange: () => events.publish(),
    onError: error => app.log.error({ err: error }),
  })
  const closing = new AbortController()
  const register = (phones: readonly Handset[]) =>
    registerPhones({
      ...deps,
      phones,
      onChange: simulation.noteRegistration,
      signal: closing.signal,
    })
  const breakage = createBreakage({
    apns: deps.apns,
    fcm: deps.fcm,
    workers: deps.workers,
    simulation,
    registerAgain: register,
    onChange: () => events.publish(),
  })
  const events = createEventStream({
    snapshot: (): PageState => ({ ...simulation.snapshot(), breakage: breakage.view() }),
  })

  app.addHook('onRequest', refuseCrossSite)
  answerErrors(app)
  pageRoutes(app)
  addHealthRoutes(app, async () => simulation.checks())
  callRoutes(app, simulation)
  messageRoutes(app, simulation.messenger)
  chaosRoutes(app, breakage)
  workerRoutes(app, deps.workers)
  app.get('/api/events', (_request, reply) => {
    reply.hijack()
    events.open(reply.raw)
  })

  const disconnectPhones = connectPhones(simulation, deps)
  const unwatch = deps.watchCalls(sessionId => void simulation.followRecord(sessionId))

  return {
    listen: async ({ host, port }) => {
      const url = await app.listen({ host, port })
      void register(simulation.handsets)
      return url
    },
    close: async () => {
      closing.abort()
      unwatch()
      disconnectPhones()
      breakage.close()
      simulation.close()
      events.close()
      await app.close()
    },
  }
}
