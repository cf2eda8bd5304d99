import { once } from 'node:events'
import { request } from 'node:https'
import { json } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { startWorld } from '../src/start-world.ts'
import { openStates } from './open-states.ts'
import { startStubRinger } from './stub-ringer.ts'

/** What a GET request with CometChat's key is answered by a server that this certificate vouches for. */
async function askSecurely(url: string, ca: string, apikey: string): Promise<unknown> {
  const asked = request(url, { ca, headers: { apikey }, agent: false })
  asked.end()
  const [response] = await once(asked, 'response')
  return json(response)
}

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
  const { url, apiKey } = world.cometchat
  const members = await askSecurely(`${url}/groups/chess-club/members`, world.credentials.ca, apiKey)
  expect(members).toMatchObject({ data: [{ uid: 'alice' }, { uid: 'bob' }, { uid: 'carol' }] })
  expect(world.credentials.ca).toContain('BEGIN CERTIFICATE')
  page.close()
  await world.close()
  await expect(fetch(world.url)).rejects.toThrow()
  await expect(askSecurely(url, world.credentials.ca, apiKey)).rejects.toThrow('ECONNREFUSED')
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
