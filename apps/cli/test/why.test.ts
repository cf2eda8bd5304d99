import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRedis } from '@ringer/fakes'
import { createAdminServer } from '@ringer/service'
import { connectPatient, createCallRecords, createKeys } from '@ringer/store'
import { Registry } from 'prom-client'
import { describe, expect, onTestFinished } from 'vitest'
import { createLookup } from '../../../packages/diagnosis/src/create-lookup.ts'
import { describeWithRedisServer } from '../../../test/fixtures/describe-with-redis-server.ts'
import { basic, deliver, initiated, register, tokens } from '../../../test/webhooks.ts'
import { secret, it as worldIt } from '../../../test/world.ts'
import { call } from '../src/call/call.ts'
import { UsageError } from '../src/usage-error.ts'
import { why } from '../src/why/why.ts'
import { runRinger as ringer } from './run-ringer.ts'

const android = { uid: 'bob', platform: 'android', token: tokens.android }
const sessionId = 'v1.eu.why'

const it = worldIt

describe('ringer why', () => {
  it('answers with no process running, in words and as JSON', async ({ world }) => {
    await deliver(world.ingress, initiated({ sessionId }))
    const asked = await ringer(world, ['why', sessionId])
    expect(asked).toMatchObject({ code: 0, stderr: '' })
    expect(asked.stdout).toContain(
      'no-worker: The call is stored, but no worker is running that takes calls.',
    )
    expect(asked.stdout).toContain('fix: Start a worker')

    const worker = world.addWorker()
    await expect.poll(() => world.records.read('default', sessionId)).toBeTruthy()
    await worker.close()
    const { stdout } = await ringer(world, ['why', '--to', 'bob', '--limit', '3', '--json'])
    expect(JSON.parse(stdout)).toMatchObject([
      {
        sessionId,
        verdict: { code: 'no-device' },
        rings: [{ recipient: 'bob', state: 'nobody', devices: [] }],
      },
    ])
  })

  it('finds the newest call, or the newest with a given diagnosis', async ({ world }) => {
    await register(world.ingress, android)
    await deliver(world.ingress, initiated({ sessionId }))
    const worker = world.addWorker()
    await expect.poll(() => world.fcm.accepted(tokens.android).length).toBe(1)
    await worker.close()
    await deliver(world.ingress, initiated({ sessionId: `${sessionId}-waits` }))
    const sessions = async (...args: string[]) => {
      const { stdout, code } = await ringer(world, ['why', '--json', ...args])
      return { code, sessionId: stdout === '' ? undefined : JSON.parse(stdout).sessionId }
    }
    expect(await sessions('--last')).toEqual({ code: 0, sessionId: `${sessionId}-waits` })
    expect(await sessions('--diagnosis', 'accepted')).toEqual({ code: 0, sessionId })
    expect(await sessions('--diagnosis', 'token-dead')).toEqual({ code: 1, sessionId: undefined })
    const { stderr } = await ringer(world, ['why', '--diagnosis', 'token-dead'])
    expect(stderr).toMatch(/^no call with the diagnosis token-dead was found\n/)
  })

  it('names each phone with its verdict', async ({ world }) => {
    await register(world.ingress, android)
    world.addWorker()
    await deliver(world.ingress, initiated({ sessionId }))
    await expect.poll(() => world.fcm.accepted(tokens.android).length).toBe(1)
    const { stdout } = await ringer(world, ['why', '--last', '--json'])
    expect(JSON.parse(stdout).rings).toMatchObject([
      {
        recipient: 'bob',
        devices: [
          {
            platform: 'android',
            verdict: {
              code: 'accepted',
              sentence: expect.any(String),
              fix: expect.any(String),
              docs: 'docs/diagnoses.md#accepted',
            },
          },
        ],
      },
    ])
    expect(stdout).not.toContain(tokens.android)
  })

  it('names a phone by its app’s deviceId, in the call and in the list, also after its token was deleted', async ({
    world,
  }) => {
    await register(world.ingress, { ...android, deviceId: 'bobs\u001b-pixel' })
    const name = expect.stringMatching(/^ *android [0-9a-f]{32} \(bobs\ufffd-pixel\)/m)
    expect(await ringer(world, ['devices', '--uid', 'bob'])).toMatchObject({ stdout: name })
    world.fcm.order({ status: 404, reason: 'UNREGISTERED' }, { times: Number.POSITIVE_INFINITY })
    world.addWorker()
    await deliver(world.ingress, initiated({ sessionId }))
    await expect.poll(() => world.devices.list('default', 'bob')).toEqual([])
    expect(await ringer(world, ['why', sessionId])).toMatchObject({ stdout: name })
    const { stdout } = await ringer(world, ['why', sessionId, '--json'])
    expect(JSON.parse(stdout).rings[0].devices).toMatchObject([{ appDeviceId: 'bobs\u001b-pixel' }])
  })

  it('--admin reads from an admin port, with the port’s token', async ({ world }) => {
    const { reader: redis, keys, records } = world
    const calls = createLookup({ redis, keys, records, appIds: ['default'], now: Date.now })
    const token = 'a-token-for-the-admin-port'
    const admin = createAdminServer({ registry: new Registry(), checks: async () => ({}), calls, token })
    const url = await admin.listen({ host: '127.0.0.1', port: 0 })
    await deliver(world.ingress, initiated({ sessionId }))
    const options = ['why', sessionId, '--admin', url]
    expect(await ringer(world, options, { ADMIN_TOKEN: token })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('no-worker'),
    })
    const folder = await mkdtemp(join(tmpdir(), 'ringer-why-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const tokenFile = join(folder, 'admin_token')
    await writeFile(tokenFile, `${token}\n`)
    expect(await ringer(world, options, { ADMIN_TOKEN_FILE: tokenFile })).toMatchObject({ code: 0 })
    const refused = await ringer(world, options)
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('ADMIN_TOKEN') })
    await admin.close()
    const gone = await ringer(world, options)
    expect(gone).toMatchObject({ code: 1, stderr: `${url} does not answer: ECONNREFUSED\n` })
  })

  it('says that webhooks are refused if no call is found, in words and from the admin port', async ({
    world,
  }) => {
    const wrong = { authorization: basic({ username: 'ringer', password: 'of-the-dashboard' }) }
    expect(await deliver(world.ingress, initiated(), { headers: wrong })).toMatchObject({ status: 401 })
    const answer =
      /^no call to bob was found\nwebhook-refused: .+\n {2}fix: .+\n {2}docs: .+\n {2}note: refused were: \w+ at 20\d\d-.+\nnext: .+why --last.+\nnext: .+doctor.+\n$/
    const own = await ringer(world, ['why', '--to', 'bob'])
    expect(own).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(answer) })

    const { reader: redis, keys, records } = world
    const calls = createLookup({ redis, keys, records, appIds: ['default'], now: Date.now })
    const admin = createAdminServer({ registry: new Registry(), checks: async () => ({}), calls })
    const url = await admin.listen({ host: '127.0.0.1', port: 0 })
    expect(await ringer(world, ['why', '--to', 'bob', '--admin', url])).toEqual(own)
    const text = await (await fetch(`${url}/calls?format=text`)).text()
    expect(own.stderr.replace(' to bob', '')).toContain(text)
    await admin.close()
  })

  it('says that webhooks arrive for another app', async ({ world }) => {
    await deliver(world.ingress, initiated())
    const { code, stderr } = await ringer(world, ['why', '--last'], { COMETCHAT_APP_ID: '2487f0c1a3b5d7e0' })
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^no call was found\napp-not-configured: [\s\S]+COMETCHAT_APP_ID[\s\S]+other apps: default \(last at 20[^)]+\); these settings have 2487f0c1a3b5d7e0\nnext: .+doctor.+\n$/,
    )
  })

  it.for([
    [['why', '--to', 'bob', '--since', 'yesterday'], '--since must be a time such as'],
    [['why', '--to', 'bob', '--limit', '1000'], '--limit must be at most 100'],
    [['why', '--diagnosis', 'acepted'], '--diagnosis acepted is unknown: docs/diagnoses.md has the codes'],
    [['devices'], '--uid is missing'],
  ] as const)('refuses %j in one line', async ([args, message], { world }) => {
    const { code, stderr } = await ringer(world, [...args])
    expect(code).toBe(2)
    expect(stderr.split('\n')[0]).toContain(message)
  })

  // Those above show what the process makes of a usage error.
  it.for([
    [why, ['one', '--last'], 'give a session id, or --to UID, or --last'],
    [why, ['--last', '--follow', '--limit', '3'], '--follow follows one call'],
    [call, ['--to', 'bob', '--group', 'chess', '--secret', 'x'], 'give --to or --group, not both'],
  ] as const)('refuses %o with %j', async ([command, args, message]) => {
    const refused = expect(command([...args])).rejects
    await refused.toThrow(UsageError)
    await refused.toThrow(message)
  })

  it('says that Redis does not answer, and which setting to check', async ({ world }) => {
    const { code, stderr } = await ringer(world, ['why', '--last'], { REDIS_URL: 'redis://127.0.0.1:1' })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^Redis does not answer.*REDIS_URL\n$/)
  })
})

describe('ringer devices', () => {
  it('lists the phones of a person without their tokens', async ({ world }) => {
    await register(world.ingress, android)
    const { code, stdout } = await ringer(world, ['devices', '--uid', 'bob'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^android [0-9a-f]{32} {2}both\n {2}registered 20\d\d-.*, last seen 20/)
    expect(stdout).not.toContain(tokens.android)
    expect(await ringer(world, ['devices', '--uid', 'carol'])).toMatchObject({
      code: 1,
      stdout: 'carol has no phone registered\n',
    })
  })
})

describe('ringer call --follow', () => {
  it('waits for the outcome and exits by it', async ({ world }) => {
    world.addWorker()
    const args = ['call', '--to', 'bob', '--url', world.ingress, '--secret', secret, '--follow']
    const nobody = await ringer(world, args)
    expect(nobody).toMatchObject({ code: 1, stdout: expect.stringContaining('no-device: ') })
    await register(world.ingress, android)
    const rang = await ringer(world, args)
    expect(rang).toMatchObject({ code: 0, stdout: expect.stringContaining('accepted: ') })
  })
})

it('prints its version', async ({ world }) => {
  expect(await ringer(world, ['--version'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  })
})

describeWithRedisServer('ringer why, with a Redis that is full', () => {
  it('says that Redis is full and that calls are refused meanwhile, and names the fix', async ({ world }) => {
    const redis = await startRedis({ kind: 'redis-server' })
    onTestFinished(() => redis.close())
    const admin = connectPatient({ kind: 'single', url: redis.url })
    onTestFinished(() => admin.disconnect())
    const told =
      /redis-refuses-writes: Redis accepts no writes, so .+ 503.+ Its memory is full \(OOM\)\.\n {2}fix: Raise maxmemory.+\n {2}docs: docs\/diagnoses\.md#redis-refuses-writes\n/
    const ask = (...more: string[]) =>
      ringer(world, ['why', '--to', 'bob', ...more], { REDIS_URL: redis.url })
    expect((await ask()).stderr).not.toMatch(told)
    const keys = createKeys(world.prefix)
    const records = createCallRecords(admin, keys)
    await admin.config('SET', 'maxmemory', '1kb')
    const none = await ask()
    expect(none).toMatchObject({ code: 1, stdout: '' })
    expect(none.stderr).toMatch(new RegExp(`^no call to bob was found\n${told.source}next`))

    // An earlier call says nothing about the one that was refused.
    await admin.config('SET', 'maxmemory', '0')
    await records.listUnrung('default', 'v1.eu.earlier', ['bob'], Date.now())
    await admin.config('SET', 'maxmemory', '1kb')
    const earlier = await ask()
    expect(earlier).toMatchObject({ code: 1, stdout: expect.stringContaining('Call v1.eu.earlier') })
    expect(earlier.stderr).toMatch(told)
    expect(JSON.parse((await ask('--json')).stdout)).toMatchObject({ sessionId: 'v1.eu.earlier' })
  })
})
