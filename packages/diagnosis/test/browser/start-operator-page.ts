import { createLookup, createStatus, operatorPage } from '@ringer/diagnosis'
import { startRedis } from '@ringer/fakes'
import { createAdminServer, readFigures } from '@ringer/service'
import { allQueues, readQueueFigures } from '@ringer/store'
import { createWorkerMetrics } from '../../../../apps/worker/src/metrics.ts'
import { it as browserIt } from '../../../../test/fixtures/browser.ts'
import { startWorld, type World } from '../../../../test/world.ts'

export const adminToken = 'a-token-for-the-admin-port'

/** The operator's page, and the Ringer that it shows. */
export interface StartedOperatorPage {
  world: World
  url: string
  guardedUrl: string
  close(): Promise<void>
}

/** Starts the operator's page, with and without a token, over a Ringer in this process that has no worker yet. */
async function startOperatorPage(): Promise<StartedOperatorPage> {
  const redis = await startRedis()
  // Everything shares one process with the browser's driver, so Redis may take longer.
  const world = await startWorld(redis, { ingress: { storeLimitMs: 5_000 } })
  const { reader, keys, prefix, records } = world
  const { registry } = createWorkerMetrics()
  const queues = allQueues(['apns', 'fcm'])
  const readStatus = createStatus({
    ...{ redis: reader, keys, process: 'worker', now: Date.now },
    readQueues: () => readQueueFigures(reader, prefix, queues, Date.now()),
    readFigures: () => readFigures(registry),
  })
  const servers = [undefined, adminToken].map(token =>
    createAdminServer({
      registry,
      checks: async () => ({}),
      calls: createLookup({ redis: reader, keys, records, appIds: ['default'], now: Date.now }),
      page: operatorPage(readStatus),
      token,
    }),
  )
  const [url = '', guardedUrl = ''] = await Promise.all(
    servers.map(server => server.listen({ host: '127.0.0.1', port: 0 })),
  )
  return {
    ...{ world, url, guardedUrl },
    async close() {
      await Promise.all(servers.map(server => server.close()))
      await world.close()
      await redis.close()
    },
  }
}

/** Vitest's `it` with a browser and an operator's page of each test's own. */
export const it = browserIt.extend('operator', async ({ browser }, { onCleanup }) => {
  const operator = await startOperatorPage()
  onCleanup(async () => {
    // A page must not see its server close.
    await Promise.all(browser.contexts().map(context => context.close()))
    await operator.close()
  })
  return operator
})
