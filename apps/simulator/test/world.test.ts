import { expect, it } from 'vitest'
import { startWorld } from '../src/start-world.ts'
import { openStates } from './open-states.ts'
import { startStubRinger } from './stub-ringer.ts'

it('starts the stand-ins, the page and the phones, and ends them all', async () => {
  const ringer = await startStubRinger({ secret: 's', registrationKey: 'key' })
  const world = await startWorld({
    ingressUrl: ringer.url,
    webhookCredentials: { secret: 's' },
    registrationKey: 'key',
    watchCalls: ringer.watchCalls,
    readCall: ringer.readCall,
    port: 0,
  })
  const page = await openStates(world.url)
  await page.waitFor('registered phones', ({ phones }) =>
    phones.every(phone => phone.registration.status === 'registered'),
  )
  expect(world.apns.url).toMatch(/^https:/)
  expect(world.fcm.tokenUrl).toMatch(/^https:/)
  expect(world.credentials.ca).toContain('BEGIN CERTIFICATE')
  page.close()
  await world.close()
  await expect(fetch(world.url)).rejects.toThrow()
  await ringer.close()
})

// A port that is taken must not leave the stand-ins behind, or the process would never end.
it('ends what it has started when the page’s port is taken', async () => {
  const ringer = await startStubRinger({ secret: 's', registrationKey: 'key' })
  const port = Number(new URL(ringer.url).port)
  const { watchCalls, readCall, url: ingressUrl } = ringer
  const world = startWorld({ ingressUrl, webhookCredentials: {}, watchCalls, readCall, port })
  await expect(world).rejects.toThrow('EADDRINUSE')
  await ringer.close()
})
