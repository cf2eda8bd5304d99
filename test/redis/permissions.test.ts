import { type RedisServer, startRedis } from '@ringer/fakes'
import { connectPatient, findMissingPermissions } from '@ringer/store'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { describeWithRedisServer } from '../fixtures/describe-with-redis-server.ts'
import { documentedRules } from '../fixtures/documented-rules.ts'
import { DEFAULT_SESSION_ID, deliver, ended, initiated, register, tokens } from '../webhooks.ts'
import { startWorld, type World } from '../world.ts'

const limit = { timeout: 60_000 }
const recovery = { timeout: 20_000, interval: 50 }
const processes = ['ingress', 'worker'] as const

describeWithRedisServer('a Redis user', () => {
  let redis: RedisServer
  let world: World
  beforeEach(async () => {
    redis = await startRedis({ kind: 'redis-server' })
    world = await startWorld(redis)
    return async () => {
      await world.close()
      await redis.close()
    }
  })

  /** Sets the rules of the user, and returns the environment of a process that uses it. */
  async function asUser(...rules: string[]) {
    await world.reader.call('ACL', 'SETUSER', 'ringer', 'reset', 'on', '>PASSWORD', ...rules)
    return userEnvironment(redis)
  }

  const start = (app: 'ingress' | 'worker', environment: Record<string, string>) =>
    app === 'ingress' ? world.addIngressProcess(environment) : world.addWorkerProcess(environment)

  async function expectRefusal(
    app: 'ingress' | 'worker',
    environment: Record<string, string>,
    missing: readonly string[],
  ) {
    const result = await start(app, environment).then(() => 'it started', String)
    expect(result).toContain(`the ${app} ended with code 1\n`)
    const [, rules = ''] =
      /\nRinger cannot start: the Redis user "ringer" lacks permissions that Ringer needs\. In Redis, run: ACL SETUSER ringer (.+) \(see docs\/deploy\.md\)\n/.exec(
        result,
      ) ?? []
    expect(rules.split(' ').sort()).toEqual(missing.toSorted())
  }

  /** Rings Bob's two phones through real processes, fails an attempt, and hangs up. */
  async function ringThroughProcesses(environment: Record<string, string>) {
    const { url } = await world.addIngressProcess(environment)
    await world.addWorkerProcess(environment)
    await register(url, { uid: 'bob', platform: 'ios', token: tokens.iphone })
    await register(url, { uid: 'bob', platform: 'android', token: tokens.android })
    world.apns.order({ status: 503, reason: 'ServiceUnavailable' })
    expect((await deliver(url, initiated())).body).toEqual({ status: 'queued' })
    expect((await deliver(url, initiated())).status).toBe(200)
    await world.apns.waitFor(() => world.apns.acceptedCount(tokens.iphone) === 1, { timeoutMs: 20_000 })
    await world.fcm.waitFor(() => world.fcm.acceptedCount(tokens.android) === 1, { timeoutMs: 20_000 })
    await deliver(url, ended('cancelled', DEFAULT_SESSION_ID))
    await world.fcm.waitFor(() => world.fcm.acceptedCount(tokens.android) === 2, { timeoutMs: 20_000 })
  }

  it('with the rules in docs/deploy.md rings calls through real processes', limit, async () => {
    await ringThroughProcesses(await asUser(...documentedRules()))
  })

  // Shows that the start-up check leaves out no command that is needed.
  it('with no more than what the check asks for rings calls through real processes', limit, async () => {
    const environment = await asUser(
      ...['~{ringer}:*', 'resetchannels', '&{ringer}:*'],
      ...['-@all', '+multi', '+discard', '+exec'],
    )
    const connection = connectPatient({ kind: 'single', url: environment.REDIS_URL })
    onTestFinished(() => connection.disconnect())
    const rules = await findMissingPermissions(connection, '{ringer}')
    expect(rules.length).toBeGreaterThan(30)
    await world.reader.call('ACL', 'SETUSER', 'ringer', ...rules)
    await ringThroughProcesses(environment)
  })

  // F53: BullMQ's version check failed in a loop, at full CPU, while the ingress answered 200.
  // Each missing command alone: packages/store/test/redis/find-missing-permissions.test.ts.
  it.each([[['info']], [['xadd', 'bzpopmin', 'eval', 'evalsha', 'time']]])(
    'without %s: the ingress and the worker refuse to start, and name each missing command',
    limit,
    async commands => {
      const environment = await asUser(...documentedRules(), ...commands.map(command => `-${command}`))
      const missing = commands.map(command => `+${command}`)
      for (const app of processes) await expectRefusal(app, environment, missing)
    },
  )

  it('without the keys: the ingress and the worker refuse to start', limit, async () => {
    const environment = await asUser('~{another}:*', '&*', '+@all')
    for (const app of processes) await expectRefusal(app, environment, ['~{ringer}:*'])
  })
})

describeWithRedisServer('a Redis that is not up yet', () => {
  it.each(processes)(
    'and whose user lacks a permission ends the %s, with the same message, when it comes up',
    limit,
    async app => {
      const rules = [...documentedRules(), '-xadd']
      const args = ['--user', 'ringer', 'on', '>PASSWORD', ...rules]
      const redis = await startRedis({ kind: 'redis-server', args })
      onTestFinished(() => redis.close())
      const world = await startWorld(redis)
      onTestFinished(() => world.close())
      await redis.kill()
      const environment = userEnvironment(redis)
      const started =
        app === 'ingress'
          ? await world.addIngressProcess(environment)
          : await world.addWorkerProcess(environment)
      await expect.poll(started.printed).toContain('Redis does not answer')
      await redis.restart()
      expect(await started.ended).toBe(1)
      await expect.poll(started.printed, recovery).toContain('ACL SETUSER ringer +xadd')
    },
  )
})

function userEnvironment(redis: RedisServer) {
  const url = new URL(redis.url)
  url.username = 'ringer'
  url.password = 'PASSWORD'
  return { REDIS_URL: url.href, RINGER_PREFIX: '{ringer}' }
}
