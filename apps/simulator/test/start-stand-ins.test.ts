import { once } from 'node:events'
import { request } from 'node:https'
import { json } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { startStandIns } from '../src/stand-ins/start-stand-ins.ts'
import { openStates } from './open-states.ts'
import { startStubRinger } from './stub-ringer.ts'

/** Sends a GET request with CometChat's API key, trusting certificates of this CA, and reads the JSON answer. */
async function getJson(url: string, ca: string, apikey: string): Promise<unknown> {
  const sent = request(url, { ca, headers: { apikey }, agent: false })
  sent.end()
  const [response] = await once(sent, 'response')
  return json(response)
}

it('starts the stand-ins, the page and the phones, and closes them all', async () => {
  const ringer = await startStubRinger({ secret: 's', registrationKey: 'key' })
  const standIns = await startStandIns({
    ingressUrl: ringer.url,
    webhookCredentials: { secret: 's' },
    registrationKey: 'key',
    watchCalls: ringer.watchCalls,
    readCall: ringer.readCall,
    port: 0,
  })
  const page = await openStates(standIns.url)
  await page.waitFor('registered phones', ({ phones }) =>
    phones.every(phone => phone.registration.status === 'registered'),
  )
  const { apns, fcm, cometchat, credentials } = standIns
  expect(apns.url).toMatch(/^https:/)
  expect(fcm.tokenUrl).toMatch(/^https:/)
  const { url, apiKey } = cometchat
  const members = await getJson(`${url}/groups/chess-club/members`, credentials.ca, apiKey)
  expect(members).toMatchObject({ data: [{ uid: 'alice' }, { uid: 'bob' }, { uid: 'carol' }] })
  expect(credentials.ca).toContain('BEGIN CERTIFICATE')
  page.close()
  await standIns.close()
  await expect(fetch(standIns.url)).rejects.toThrow()
  await expect(getJson(url, credentials.ca, apiKey)).rejects.toThrow('ECONNREFUSED')
  await ringer.close()
})

// If the stand-ins kept running, the process would never end.
it('closes what it has started if the page’s port is taken', async () => {
  const ringer = await startStubRinger({ secret: 's', registrationKey: 'key' })
  const port = Number(new URL(ringer.url).port)
  const { watchCalls, readCall, url: ingressUrl } = ringer
  const standIns = startStandIns({ ingressUrl, webhookCredentials: {}, watchCalls, readCall, port })
  await expect(standIns).rejects.toThrow('EADDRINUSE')
  await ringer.close()
})
