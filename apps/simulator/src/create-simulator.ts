import type { FakeApns, FakeFcm, FakeWebPush } from '@ringer/fakes'
import type { SigningCredentials } from '@ringer/fakes/cometchat'
import { addHealthRoutes, refuseForeignHosts } from '@ringer/service'
import { type FastifyBaseLogger, fastify, LogController } from 'fastify'
import { type BreakageView, createBreakage } from './chaos/create-breakage.ts'
import type { WorkersControl } from './chaos/workers-control.ts'
import { answerErrors } from './http/answer-errors.ts'
import { callRoutes } from './http/call-routes.ts'
import { chaosRoutes } from './http/chaos-routes.ts'
import { createEventStream } from './http/create-event-stream.ts'
import { messageRoutes } from './http/message-routes.ts'
import { pageRoutes } from './http/page-routes.ts'
import { refuseCrossSite } from './http/refuse-cross-site.ts'
import { wireRoutes } from './http/wire-routes.ts'
import { workerRoutes } from './http/worker-routes.ts'
import type { Handset } from './phones/handset.ts'
import { registerPhones } from './phones/register-phones.ts'
import type { Snapshot } from './simulation/build-snapshot.ts'
import { connectPhones } from './simulation/connect-phones.ts'
import { createSimulation } from './simulation/create-simulation.ts'
import type { ReadCall, WatchCalls } from './watch-store.ts'

/** What the server sends to a page. */
export interface PageState extends Snapshot {
  breakage: BreakageView
}

export interface SimulatorDeps {
  ingressUrl: string
  /** The credentials that CometChat sends with its webhooks. */
  credentials: SigningCredentials
  /** The key with which the phones register, sent as `Authorization: Bearer`. */
  registrationKey?: string | undefined
  apns: FakeApns
  fcm: FakeFcm
  webpush: FakeWebPush
  watchCalls: WatchCalls
  readCall: ReadCall
  /** Lists and kills Ringer's workers; undefined if they run elsewhere. */
  workers?: WorkersControl | undefined
  /** CometChat's app id in the webhooks. Default: `simulator`. */
  appId?: string | undefined
  /** How long Alice lets it ring. Default: 30. */
  ringSeconds?: number | undefined
  /** Hosts at which the page may be opened, besides loopback: SIMULATOR_HOSTS. Default: none. */
  hosts?: readonly string[] | undefined
  logger?: FastifyBaseLogger | undefined
}

export interface Simulator {
  /** Starts the server and registers the phones; resolves with the page's URL. */
  listen: (at: { host: string; port: number }) => Promise<string>
  close: () => Promise<void>
}

/** Creates the page that shows the world outside Ringer: CometChat, which sends webhooks, and the phones, which ring. */
export function createSimulator(deps: SimulatorDeps): Simulator {
  const server = fastify({
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
    onError: error => server.log.error({ err: error }),
  })
  const closing = new AbortController()
  const register = (phones: readonly Handset[]) =>
    registerPhones({
      ...deps,
      phones,
      subscribe: deps.webpush.subscribe,
      onChange: simulation.setRegistration,
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

  const hosts = deps.hosts ?? []
  server.addHook('onRequest', refuseForeignHosts({ allowed: hosts }, 'SIMULATOR_HOSTS'))
  server.addHook('onRequest', refuseCrossSite(hosts))
  answerErrors(server)
  pageRoutes(server)
  addHealthRoutes(server, async () => simulation.checks())
  callRoutes(server, simulation)
  messageRoutes(server, simulation.messenger)
  chaosRoutes(server, breakage)
  workerRoutes(server, deps.workers)
  wireRoutes(server, simulation.log)
  server.get('/api/events', (_request, reply) => {
    reply.hijack()
    events.open(reply.raw)
  })

  const disconnectPhones = connectPhones(simulation, deps)
  const unwatch = deps.watchCalls(sessionId => void simulation.followRecord(sessionId))

  return {
    listen: async ({ host, port }) => {
      const url = await server.listen({ host, port })
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
      await server.close()
    },
  }
}
