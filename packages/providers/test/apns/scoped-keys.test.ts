import { createStandInCredentials, type StandInCredentials } from '@ringer/fakes'
import { beforeAll, describe, expect, onTestFinished } from 'vitest'
import { createApnsSender } from '../../src/apns/create-sender.ts'
import { noReports } from '../../src/sending/sender-reports.ts'
import { commit, context, deviceToken, iphone, ringOf } from '../pushes/outgoing-push.ts'
import { it, startApnsWorld } from './apns-world.ts'

let credentials: StandInCredentials
beforeAll(async () => {
  credentials = await createStandInCredentials()
})

/** Apple, with a key that is for production only, as its newer keys are. */
async function startScoped({ withSandboxKey = false } = {}) {
  const { teamId, sandboxKey } = credentials.apns
  const ofSandbox = { kind: 'token', key: sandboxKey.privateKey, keyId: sandboxKey.keyId, teamId } as const
  const world = await startApnsWorld({
    credentials,
    keyEnvironment: 'production',
    config: withSandboxKey ? { sandboxKey: ofSandbox } : {},
  })
  onTestFinished(() => world.close())
  return world
}

const inSandbox = { state: 'active', kind: 'voip', environment: 'sandbox' } as const

describe('with a key for each of Apple’s environments', () => {
  it('a push carries the key of its environment', async () => {
    const { sender, production, sandbox } = await startScoped({ withSandboxKey: true })
    for (const environment of ['production', 'sandbox'] as const)
      expect(await sender.send(ringOf(iphone(1, { environment })), commit)).toMatchObject({
        kind: 'accepted',
      })
    expect([production, sandbox].map(({ received }) => received.length)).toEqual([1, 1])
  })

  it('a token of the sandbox that was registered without an environment rings', async () => {
    const { sendTo, devices } = await startScoped({ withSandboxKey: true })
    devices.set(deviceToken(1), inSandbox)
    expect(await sendTo(1)).toEqual({ kind: 'accepted', status: 200, environment: 'sandbox' })
  })
})

describe('with a key for production only', () => {
  const refusal = {
    kind: 'rejected',
    status: 400,
    reason: 'BadDeviceToken, and the key may not be used in the other environment',
    why: 'wrong-key-environment',
    aboutToken: true,
  }

  it('the sandbox is asked once, and the push is rejected for the reason that explains more', async () => {
    const { sendTo, devices, sandbox, production } = await startScoped()
    for (const number of [1, 2, 3]) devices.set(deviceToken(number), inSandbox)
    for (const number of [1, 2, 3]) expect(await sendTo(number)).toEqual(refusal)
    expect(production.received).toHaveLength(3)
    expect(sandbox.received).toHaveLength(1)
  })

  it('the refusal of a probe does not report the credentials as refused', async () => {
    const { config, devices } = await startScoped()
    const reported: unknown[] = []
    const reports = { ...noReports, credentials: (...what: unknown[]) => reported.push(what) }
    const sender = createApnsSender(config, { ...context(), reports })
    onTestFinished(() => sender.close())
    devices.set(deviceToken(1), inSandbox)
    expect(await sender.send(ringOf(iphone(1)), commit)).toEqual(refusal)
    expect(reported).toEqual([])
    const known = ringOf(iphone(2, { environment: 'sandbox' }))
    expect(await sender.send(known, commit)).toEqual({
      ...{
        kind: 'rejected',
        status: 403,
        reason: 'BadEnvironmentKeyIdInToken',
        why: 'wrong-key-environment',
      },
    })
    expect(reported).toEqual([['sandbox', 'BadEnvironmentKeyIdInToken']])
  })
})

it('a key that Apple calls unrelated is diagnosed', async ({ world }) => {
  world.production.order({ status: 403, reason: 'UnrelatedKeyIdInToken' })
  expect(await world.sendTo(1)).toMatchObject({ kind: 'rejected', why: 'unrelated-key' })
})

it('a topic-specific key rings for its topics only', async () => {
  const { bundleId } = credentials.apns
  const world = await startApnsWorld({ credentials, keyTopics: [`${bundleId}.voip`] })
  onTestFinished(() => world.close())
  expect(await world.sendTo(1)).toMatchObject({ kind: 'accepted' })
  const other = await startApnsWorld({ credentials, keyTopics: [bundleId] })
  onTestFinished(() => other.close())
  expect(await other.sendTo(1)).toMatchObject({ reason: 'TopicDisallowed', why: 'wrong-topic' })
})
