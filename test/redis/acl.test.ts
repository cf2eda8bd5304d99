import { type RedisServer, startCluster, startRedis, startSentinels } from '@ringer/fakes'
import {
  connectFailFast,
  connectPatient,
  findMissingPermissions,
  findTrouble,
  waitUntilReady,
} from '@ringer/store'
import { expect, it, onTestFinished } from 'vitest'
import { chess, signalledRing } from '../../packages/payloads/test/webhooks.ts'
import { cometchat } from '../fixtures/cometchat.ts'
import { describeWithRedisServer } from '../fixtures/describe-with-redis-server.ts'
import {
  documentedClusterRules,
  documentedRules,
  documentedSentinelRules,
} from '../fixtures/documented-rules.ts'
import { deliver, ended, initiated, post, register, tokens } from '../webhooks.ts'
import { registrationKey, startWorld, stateSecret } from '../world.ts'

const limit = { timeout: 90_000 }
const patience = { timeoutMs: 20_000 }
const prefix = '{ringer}'
const withCometchat = it.extend('cometchat', cometchat)

/** Runs commands as the administrator of each server. */
async function onEach(servers: readonly RedisServer[], ...command: [string, ...string[]]) {
  const answers: unknown[] = []
  for (const { url } of servers) {
    const admin = connectPatient({ kind: 'single', url })
    answers.push(await admin.call(...command).finally(() => admin.disconnect()))
  }
  return answers
}

/** Starts Redis with the documented user and returns how the processes reach it. */
async function startWithUser(kind: 'single' | 'cluster') {
  const [user, login] = [
    ['ACL', 'SETUSER', 'ringer', 'on', '>PASSWORD'] as const,
    { REDIS_USERNAME: 'ringer', REDIS_PASSWORD: 'PASSWORD' },
  ]
  if (kind === 'single') {
    const redis = await startRedis({ kind: 'redis-server' })
    onTestFinished(() => redis.close())
    await onEach([redis], ...user, ...documentedRules())
    return { servers: [redis], redis, settings: { ...login, REDIS_URL: redis.url } }
  }
  const cluster = await startCluster()
  onTestFinished(() => cluster.close())
  await onEach(cluster.masters, ...user, ...documentedRules(), ...documentedClusterRules())
  const { nodes, masters } = cluster
  const target = { kind: 'cluster', nodes, credentials: {} } as const
  return { servers: masters, redis: target, settings: login }
}

describeWithRedisServer('a Redis user with exactly the rules in docs/deploy.md', () => {
  withCometchat.for(['single', 'cluster'] as const)(
    'may do everything that calls need, and no command is refused: %s',
    limit,
    async (kind, { cometchat }) => {
      const { servers, redis, settings } = await startWithUser(kind)
      const world = await startWorld(redis)
      onTestFinished(() => world.close())
      const api = {
        COMETCHAT_APP_ID: cometchat.appId,
        COMETCHAT_API_KEY: cometchat.apiKey,
        COMETCHAT_API_URL: cometchat.url,
      }
      const state = { RINGER_PUBLIC_URL: 'https://ringer.test', RINGER_STATE_SECRET: stateSecret }
      const environment = { ...settings, ...api, ...state, RINGER_PREFIX: prefix }
      const { url, adminUrl } = await world.addIngressProcess(environment)
      const more = { RINGER_MISSED_CALL: 'true', RINGER_STOP_OTHER_DEVICES: 'true' }
      const worker = await world.addWorkerProcess({ ...environment, ...more })
      const appId = cometchat.appId

      const alertToken = 'b2'.repeat(32)
      const phones = [
        { platform: 'ios', token: tokens.iphone },
        { platform: 'ios', token: alertToken, kind: 'alert' },
        { platform: 'android', token: tokens.android },
      ]
      for (const phone of phones) expect((await register(url, { uid: 'bob', ...phone })).status).toBe(200)
      const listed = await fetch(`${url}/api/push/devices?uid=bob`, {
        headers: { authorization: `Bearer ${registrationKey}` },
      })
      expect(listed.status).toBe(200)

      // A ring with a retry and a repeated webhook, its end, and the missed call.
      world.apns.order({ status: 503, reason: 'ServiceUnavailable' })
      const call = { ...initiated(), appId }
      expect((await deliver(url, call)).body).toEqual({ status: 'queued' })
      expect((await deliver(url, call)).body).toEqual({ status: 'duplicate' })
      await world.apns.waitFor(() => world.apns.acceptedCount(tokens.iphone) === 1, patience)
      await world.fcm.waitFor(() => world.fcm.acceptedCount(tokens.android) === 1, patience)
      const [message] = world.fcm.accepted(tokens.android)
      const stateUrl = `${url}${new URL(String(message?.data.stateUrl)).pathname}`
      const stream = fetch(stateUrl, { headers: { accept: 'text/event-stream' } })
      expect((await fetch(stateUrl, { method: 'POST', body: '{"event":"shown"}' })).status).toBe(204)
      expect((await stream).status).toBe(200)
      await deliver(url, { ...ended('unanswered'), appId })
      expect(await (await stream).text()).toContain('"callAction":"unanswered"')
      await world.apns.waitFor(() => world.apns.acceptedCount(alertToken) === 1, patience)
      // The stop and the missed call.
      await world.fcm.waitFor(() => world.fcm.acceptedCount(tokens.android) === 3, patience)

      // A call to a group.
      cometchat.groups.set(chess.uid, ['alice', 'bob'])
      const group = signalledRing({
        callee: chess,
        receiverType: 'group',
        sessionId: 'v1.eu.group',
        sentAt: Date.now(),
      })
      expect((await deliver(url, { ...group, appId })).body).toEqual({ status: 'queued' })
      await world.apns.waitFor(() => world.apns.acceptedCount(tokens.iphone) === 2, patience)

      const authorization = { authorization: `Bearer ${registrationKey}` }
      const body = JSON.stringify({ uid: 'bob', token: tokens.android })
      expect((await post(`${url}/api/push/unregister`, body, authorization)).body.status).toBe('unregistered')
      for (const admin of [adminUrl, worker.adminUrl]) {
        const ready = await fetch(`${admin}/health/ready`)
        expect({ status: ready.status, text: await ready.text() }).toMatchObject({ status: 200 })
        expect((await fetch(`${admin}/calls/v1.eu.group`)).status).toBe(200)
      }
      expect(await onEach(servers, 'ACL', 'LOG')).toEqual(servers.map(() => []))
    },
  )

  // Otherwise the documented rules would allow more than the check at the start asks for, or less.
  it('may run each command that the start-up check asks for, and no other', limit, async () => {
    const redis = await startRedis({ kind: 'redis-server' })
    onTestFinished(() => redis.close())
    const rules = documentedRules()
    const first = [`~${prefix}:*`, 'resetchannels', `&${prefix}:*`, '-@all']
    expect(rules.slice(0, 4)).toEqual(first)
    const user = ['SETUSER', 'ringer', 'on', '>PASSWORD', ...first, '+multi', '+discard', '+exec']
    await onEach([redis], 'ACL', ...user)
    const url = redis.url.replace('//', '//ringer:PASSWORD@')
    const connection = connectPatient({ kind: 'single', url })
    onTestFinished(() => connection.disconnect())
    const missing = await findMissingPermissions(connection, prefix)
    expect(rules.slice(4).sort()).toEqual(
      ['+multi', '+discard', '+exec', '+client|setname', ...missing].sort(),
    )
  })

  it(
    'needs the rules for a Cluster as well: without them, the command that is missing is named',
    limit,
    async () => {
      const cluster = await startCluster()
      onTestFinished(() => cluster.close())
      await onEach(cluster.masters, 'ACL', 'SETUSER', 'ringer', 'on', '>PASSWORD', ...documentedRules())
      const credentials = { username: 'ringer', password: 'PASSWORD' }
      const trouble = await findTrouble({ kind: 'cluster', nodes: cluster.nodes, credentials })
      expect(trouble).toMatch(
        /does not permit the command cluster\|slots to this user \(see docs\/deploy\.md\)/,
      )
    },
  )

  it('finds the master as a user of the sentinels with the rules in docs/deploy.md', limit, async () => {
    const { sentinels, name, close } = await startSentinels()
    onTestFinished(close)
    const [sentinel] = sentinels
    const admin = { url: `redis://127.0.0.1:${sentinel?.port}` } as RedisServer
    await onEach([admin], 'ACL', 'SETUSER', 'ringer-watcher', 'on', '>PASSWORD', ...documentedSentinelRules())
    const credentials = { username: 'ringer-watcher', password: 'PASSWORD' }
    const watchers = { credentials }
    const target = { kind: 'sentinel', sentinels, name, credentials: {}, watchers } as const
    const connection = connectFailFast(target, 2_000)
    onTestFinished(() => connection.disconnect())
    expect(await waitUntilReady(connection, 10_000)).toBe(true)
    expect(await connection.set('key', 'value')).toBe('OK')
    expect(await findTrouble(target)).toBeUndefined()
    expect(await onEach([admin], 'ACL', 'LOG')).toEqual([[]])
  })
})
