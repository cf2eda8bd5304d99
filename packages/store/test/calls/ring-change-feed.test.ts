import { startCluster, startRedis, startRelay, startSentinels } from '@ringer/fakes'
import {
  connectPatient,
  createCallRecords,
  createKeys,
  type RedisTarget,
  watchRingChanges,
} from '@ringer/store'
import { expect, onTestFinished } from 'vitest'
import { describeWithRedisServer } from '../../../../test/fixtures/describe-with-redis-server.ts'
import { it as redisIt } from '../../../../test/fixtures/redis.ts'
import { APP_ID, SESSION_ID } from '../../../payloads/test/webhooks.ts'
import { describeStore, type TestStore } from '../describe-store.ts'
import { ARRIVED_AT, CALLED_AT, ringToClaim } from './claim-ring.ts'

const AT = CALLED_AT + 5_000
const patient = { timeout: 10_000, interval: 20 }

/** Hears of changes, and counts how often it had to listen anew. */
async function listen(target: RedisTarget, prefix: string) {
  const heard: string[] = []
  let listening = 0
  const feed = watchRingChanges(target, createKeys(prefix), {
    onChange: ringId => heard.push(ringId),
    onListening: () => {
      listening += 1
    },
  })
  onTestFinished(() => feed.close())
  await expect.poll(() => listening, patient).toBe(1)
  return { heard, listening: () => listening }
}

const cancel = (store: Pick<TestStore, 'calls'>, job = 'job-e') =>
  store.calls.end(job, APP_ID, { kind: 'end', action: 'cancelled', sessionId: SESSION_ID }, AT)
const answer = (store: TestStore, job: string, more: { deviceId?: string } = {}) =>
  store.calls.answer(job, APP_ID, { kind: 'answer', sessionId: SESSION_ID, uid: 'bob', ...more }, AT)

describeStore('the changes of rings', it => {
  it('are heard when a ring is answered, when it is known on which phone, and when it ends', async ({
    store,
  }) => {
    const { heard } = await listen(store.target, store.prefix)
    const { ringId } = await store.calls.claim('job-1', ringToClaim())
    await answer(store, 'job-a')
    await expect.poll(() => heard).toEqual([ringId])
    await answer(store, 'job-b', { deviceId: 'd1' })
    await expect.poll(() => heard).toEqual([ringId, ringId])
    await cancel(store)
    await expect.poll(() => heard).toEqual([ringId, ringId, ringId])
  })

  it('are heard of every member of a group, and of nobody else', async ({ store }) => {
    const { heard } = await listen(store.target, store.prefix)
    const group = { receiver: { uid: 'chess', type: 'group' as const } }
    const rings: string[] = []
    for (const recipient of ['bob', 'carol'])
      rings.push((await store.calls.claim(`job-${recipient}`, ringToClaim({ recipient, ...group }))).ringId)
    await store.calls.claim('job-2', ringToClaim({ sessionId: 'v1.eu.another' }))
    await cancel(store)
    await expect.poll(() => heard.toSorted()).toEqual(rings.toSorted())
  })

  it('are not heard of an end that changed nothing, or of another deployment', async ({ store }) => {
    const { heard } = await listen(store.target, store.prefix)
    const elsewhere = await listen(store.target, `${store.prefix}-other`)
    const { ringId } = await store.calls.claim('job-1', ringToClaim())
    await cancel(store)
    await cancel(store)
    await cancel(store, 'job-f')
    await answer(store, 'job-a')
    await expect.poll(() => heard).toEqual([ringId])
    expect(elsewhere.heard).toEqual([])
  })
})

const itWithServer = redisIt.extend('redisOptions', { scope: 'worker' }, { kind: 'redis-server' })

describeWithRedisServer('the changes of rings, when the connection is lost', () => {
  itWithServer(
    'are heard again after Redis was restarted, and the listener knows that it has missed some',
    async ({ prefix }) => {
      const redis = await startRedis({ kind: 'redis-server' })
      onTestFinished(() => redis.close())
      const target = { kind: 'single', url: redis.url } as const
      const { heard, listening } = await listen(target, prefix)
      await redis.kill()
      await redis.restart()
      await expect.poll(listening, patient).toBe(2)
      await expectToHear(target, prefix, heard)
    },
  )

  itWithServer('are heard again when a silent connection is replaced', async ({ redis, prefix }) => {
    const { port } = new URL(redis.url)
    const relay = await startRelay({ host: '127.0.0.1', port: 0, upstreamPort: Number(port) })
    onTestFinished(() => relay.close())
    const { heard, listening } = await listen({ kind: 'single', url: relayed(redis.url, relay.port) }, prefix)
    relay.freeze()
    await expect.poll(listening, patient).toBe(2)
    await expectToHear({ kind: 'single', url: redis.url }, prefix, heard)
  })

  itWithServer(
    'are heard from the next master after a fail-over',
    { timeout: 60_000 },
    async ({ prefix }) => {
      const redis = await startSentinels()
      onTestFinished(() => redis.close())
      const { sentinels, name } = redis
      const target = { kind: 'sentinel', sentinels, name, credentials: {} } as const
      const { heard, listening } = await listen(target, prefix)
      await redis.killMaster()
      await expect.poll(listening, { timeout: 30_000, interval: 50 }).toBe(2)
      await expectToHear(target, prefix, heard)
    },
  )

  itWithServer(
    'are heard in a Cluster, whichever node has the rings, and after a node has died',
    async ({ prefix }) => {
      const cluster = await startCluster()
      onTestFinished(() => cluster.close())
      const owner = await cluster.ownerOf(prefix)
      const [one, other] = cluster.masters.filter(master => master !== owner)
      const nodes = cluster.nodes.toSorted(node =>
        String(node.port) === new URL(one?.url ?? '').port ? -1 : 1,
      )
      const target = { kind: 'cluster', nodes, credentials: {} } as const
      const { heard, listening } = await listen(target, prefix)
      if (one) await cluster.kill(one)
      await expect.poll(listening, patient).toBe(2)
      expect(other).toBeDefined()
      await expectToHear(target, prefix, heard)
    },
  )
})

function relayed(url: string, port: number) {
  const through = new URL(url)
  through.port = String(port)
  return through.href
}

/** Ends a call, and expects to hear of it. */
async function expectToHear(target: RedisTarget, prefix: string, heard: string[]) {
  const redis = connectPatient(target)
  onTestFinished(() => redis.disconnect())
  const calls = createCallRecords(redis, createKeys(prefix))
  const { ringId } = await calls.claim('job-1', { ...ringToClaim(), receivedAt: ARRIVED_AT })
  await cancel({ calls })
  await expect.poll(() => heard, patient).toEqual([ringId])
}
