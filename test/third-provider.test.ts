import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { providerSettings } from '@ringer/providers'
import { type SendingProvider, sendingProviders, withheld } from '@ringer/providers/senders'
import { callPolicyGroup, cometchatGroup, loadTenantConfigs, text, workerGroup } from '@ringer/service'
import { CALLS, pushQueueName } from '@ringer/store'
import { expect } from 'vitest'
import { createWorkerTenant } from '../apps/worker/src/create-worker-tenant.ts'
import { DEFAULT_SESSION_ID, deliver, ended, initiated, register } from './webhooks.ts'
import { it as worldIt } from './world.ts'

interface PagerSettings {
  url: string
}

/** A provider that exists only here: it reaches pagers, by a POST for each push. */
const pager = {
  name: 'pager',
  title: 'Pager',
  phones: 'pagers',
  platforms: ['pager'],
  kinds: ['voip'],
  kindsRule: 'a pager only rings',
  settings: {
    fields: { PAGER_URL: text },
    build: ({ PAGER_URL: url }) => (typeof url === 'string' ? { url } : undefined),
  },
  required: ['PAGER_URL', 'is required to ring pagers'],
  readToken: token =>
    /^\d{4}$/.test(token) ? { ok: true, token } : { ok: false, message: 'must be four digits' },
  reaches: ({ platform }) => platform === 'pager',
  canStop: true,
  createSender: ({ url }) => ({
    async send(push, commit) {
      if (!(await commit())) return withheld
      const body = JSON.stringify({ kind: push.kind, number: push.device.token, deadline: push.deadline })
      const { status } = await fetch(url, { method: 'POST', body })
      return { kind: 'accepted', status }
    },
    hasRoom: () => true,
    isReachable: () => true,
    close: async () => {},
  }),
} satisfies SendingProvider<PagerSettings>

const known: readonly SendingProvider[] = [...sendingProviders, pager as SendingProvider]

/** The server of the pager network, and the pushes that it received. */
const it = worldIt.extend('network', async ({ task: _ }, { onCleanup }) => {
  const received: Record<string, unknown>[] = []
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray()
    received.push(JSON.parse(Buffer.concat(chunks).toString()))
    response.writeHead(202, { connection: 'close' }).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onCleanup(() => void server.close())
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
})

/** What a worker of this environment is configured with. */
function load(environment: Record<string, string>) {
  const settings = providerSettings(known)
  const queues = [CALLS, ...known.map(({ name }) => pushQueueName(name))]
  return loadTenantConfigs(
    environment,
    { worker: workerGroup(queues) },
    { cometchat: cometchatGroup, policy: callPolicyGroup, providers: settings },
    settings,
  )
}

it('a provider that is only added to the list registers, rings, stops and is recorded', async ({
  world,
  network,
}) => {
  const { own, tenants } = load({ PAGER_URL: network.url })
  expect(own.worker.queues).toContain('pushes-pager')
  const config = tenants.get('default')
  if (!config) throw new Error('the only tenant is configured')
  world.addWorker({ known, tenants: new Map([['default', createWorkerTenant(config, known)]]) })
  const ingress = await world.addIngress({ providers: known })

  await register(ingress, { uid: 'bob', platform: 'pager', token: '4711' })
  const sentAt = Date.now()
  await deliver(ingress, initiated({ sentAt }))
  await expect.poll(() => network.received).toMatchObject([{ kind: 'ring', number: '4711' }])
  expect(network.received[0]?.deadline).toBeLessThanOrEqual(sentAt + 30_000)
  const devices = async () => (await world.records.read('default', DEFAULT_SESSION_ID))?.rings[0]?.devices
  await expect.poll(devices).toMatchObject([{ platform: 'pager', outcome: 'accepted', status: 202 }])

  await deliver(ingress, ended('cancelled'))
  await expect.poll(() => network.received).toMatchObject([{ kind: 'ring' }, { kind: 'stop' }])
})

it('a token of a third provider is checked by that provider', async ({ world }) => {
  const ingress = await world.addIngress({ providers: known })
  const answer = await register(ingress, { uid: 'bob', platform: 'pager', token: 'no digits' }).catch(
    error => error,
  )
  expect(JSON.stringify(answer) + String(answer)).toContain('must be four digits')
})

it('without its settings, a third provider is recorded as not configured', async ({ world }) => {
  const ingress = await world.addIngress({ providers: known })
  world.addWorker({ known })
  await register(ingress, { uid: 'bob', platform: 'pager', token: '4711' })
  await deliver(ingress, initiated())
  const devices = async () => (await world.records.read('default', DEFAULT_SESSION_ID))?.rings[0]?.devices
  await expect
    .poll(devices)
    .toMatchObject([{ outcome: 'skipped', reason: 'the provider pager is not configured' }])
})

it('a misspelt setting of a third provider is refused', () => {
  expect(() => load({ PAGER_ULR: 'http://127.0.0.1/' })).toThrow(/PAGER_ULR: .*did you mean PAGER_URL/)
})
