import {
  connectPatient,
  describeMissingPermissions,
  findMissingPermissions,
  type RedisTarget,
} from '@ringer/store'
import { expect, onTestFinished } from 'vitest'
import { describeWithRedisServer } from '../../../../test/fixtures/describe-with-redis-server.ts'
import { documentedRules } from '../../../../test/fixtures/documented-rules.ts'
import { it as storeIt, type TestStore } from '../../../../test/fixtures/store.ts'

const it = storeIt.extend('redisOptions', { scope: 'worker' }, { kind: 'redis-server' })

describeWithRedisServer('the permissions of a Redis user', () => {
  it('are complete: the documented rules', async ({ store }) => {
    const { redis } = await openUser(
      store,
      documentedRules().map(rule => rule.replace('{ringer}', store.prefix)),
    )
    expect(await findMissingPermissions(redis, store.prefix)).toEqual([])
  })

  it.for<[string, string[], string[]]>([
    ['all that is harmless', ['+@all', '-@admin', '-@dangerous', '+info'], []],
    ['all', ['+@all'], []],
    ['all but INFO', ['+@all', '-info'], ['+info']],
    ['all but TIME', ['+@all', '-time'], ['+time']],
    ['all but scripts', ['+@all', '-@scripting'], ['+eval', '+evalsha']],
    ['all but streams', ['+@all', '-@stream'], ['+xadd', '+xtrim']],
    ['all but blocking reads', ['+@all', '-@blocking'], ['+bzpopmin']],
    ['all but MULTI', ['+@all', '-multi'], ['+multi']],
    ['all but EXEC', ['+@all', '-exec'], ['+exec']],
    ['all but PUBLISH', ['+@all', '-publish'], ['+publish']],
    ['all but SUBSCRIBE', ['+@all', '-subscribe'], ['+subscribe']],
  ])('are compared with what Ringer needs: %s', async ([_, rules, missing], { store }) => {
    const { redis } = await openUser(store, [`~${store.prefix}:*`, ...itsChannels(store), ...rules])
    expect(await findMissingPermissions(redis, store.prefix)).toEqual(missing)
  })

  it.for([['~{another}:*'], [], ['~{another}:*', '~*:calls:*']])(
    'are compared with what Ringer needs: keys %s',
    async (rules, { store }) => {
      const { redis } = await openUser(store, ['+@all', ...itsChannels(store), ...rules])
      expect(await findMissingPermissions(redis, store.prefix)).toEqual([`~${store.prefix}:*`])
    },
  )

  it.for([['&{another}:*'], []])(
    'are compared with what Ringer needs: channels %s',
    async (rules, { store }) => {
      const { redis } = await openUser(store, ['+@all', `~${store.prefix}:*`, 'resetchannels', ...rules])
      expect(await findMissingPermissions(redis, store.prefix)).toEqual([`&${store.prefix}:*`])
    },
  )

  it('are checked without a write', async ({ store }) => {
    await findMissingPermissions(store.redis, store.prefix)
    expect(await store.listKeys()).toEqual([])
  })

  it('are described by the command that adds what is missing', async ({ store }) => {
    const { redis, target } = await openUser(store, [
      ...[`~${store.prefix}:*`, ...itsChannels(store)],
      ...['+@all', '-info', '-xadd'],
    ])
    const message = describeMissingPermissions(target, await findMissingPermissions(redis, store.prefix))
    expect(message).not.toContain('\n')
    const [, ...command] = /run: ACL (SETUSER \S+ \+info \+xadd) \(see/.exec(message) ?? []
    expect(command).toHaveLength(1)
    await store.redis.call('ACL', ...(command[0] ?? '').split(' '))
    expect(await findMissingPermissions(redis, store.prefix)).toEqual([])
  })
})

/** Redis 7 gives a new user no channel, and Redis 6.2 all of them. */
const itsChannels = ({ prefix }: TestStore) => ['resetchannels', `&${prefix}:*`]

/** Creates a Redis user with these rules, and a connection of that user. */
async function openUser({ redis: admin, target, prefix }: TestStore, rules: string[]) {
  const name = `user-${prefix.replace(/\W/g, '')}`
  await admin.call('ACL', 'SETUSER', name, 'on', '>secret', ...rules)
  const url = new URL(target.kind === 'single' ? target.url : '')
  url.username = name
  url.password = 'secret'
  const own: RedisTarget = { kind: 'single', url: url.href }
  const redis = connectPatient(own)
  onTestFinished(() => redis.disconnect())
  return { redis, target: own }
}
