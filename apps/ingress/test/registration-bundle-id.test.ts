import { startRedis } from '@ringer/fakes'
import { expect, it, onTestFinished } from 'vitest'
import { startIngress } from './start-ingress.ts'

it('takes a bundle id that fits into the header of a push, and nothing else', async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.close())
  const ingress = await startIngress(redis.url)
  const register = (bundleId: string) =>
    ingress.register({ uid: 'mallory', platform: 'ios', token: 'a1'.repeat(32), bundleId })
  for (const bundleId of [
    'a\u0000b',
    'com.example.chat\r\napns-push-type: alert',
    'é',
    'a b',
    'a'.repeat(156),
  ]) {
    const answer = await register(bundleId)
    expect(answer).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringMatching(/^bundleId: must be the app's bundle id/) } },
    })
  }
  expect(await ingress.devices.list('default', 'mallory')).toEqual([])
  for (const bundleId of ['com.example.chat', 'com.example.my_app-2']) {
    expect((await register(bundleId)).status).toBe(200)
  }
})
