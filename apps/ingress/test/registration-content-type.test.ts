import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { type StartedRedis, startRedis } from '@ringer/fakes'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { send } from './send.ts'
import { bearer, registrationKey, type StartedIngress, startIngress } from './start-ingress.ts'

const android = 'fcm-registration-token:APA91b_Bob'

let redis: StartedRedis
let ingress: StartedIngress
beforeAll(async () => {
  redis = await startRedis()
})
beforeEach(async () => {
  ingress = await startIngress(redis.url)
})
afterAll(() => redis.close())

describe('what a body calls itself', () => {
  const body = JSON.stringify({ uid: 'bob', platform: 'android', token: android })
  const authorization = bearer(registrationKey)

  it.each([
    ['nothing, as in the React Native sample', {}],
    ['text/plain', { 'content-type': 'text/plain;charset=UTF-8' }],
    ['Application/json', { 'content-type': 'Application/json' }],
    ['a form, as curl has it', { 'content-type': 'application/x-www-form-urlencoded' }],
  ])('does not matter: %s', async (_, headers) => {
    const answer = await send(`${ingress.url}/api/push/register`, {
      body,
      headers: { authorization, ...headers },
    })
    expect(answer).toMatchObject({ status: 200, body: { status: 'registered' } })
  })

  it.each([
    ['with its length', `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`],
    ['in chunks', `transfer-encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`],
  ])('may be left out on the wire: %s', async (_, rest) => {
    const head = `POST /api/push/register HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: ${authorization}\r\n`
    const answer = await converse(ingress.url, head + rest)
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(await ingress.devices.list('default', 'bob')).toHaveLength(1)
  })

  it.each([
    [
      'a form',
      'application/x-www-form-urlencoded',
      `uid=bob&platform=android&token=${encodeURIComponent(android)}`,
    ],
    [
      'a form in parts',
      'multipart/form-data; boundary=x',
      '--x\r\ncontent-disposition: form-data; name="uid"\r\n\r\nbob\r\n--x--',
    ],
  ])('is told to whoever sends %s', async (_, type, form) => {
    for (const path of ['/api/push/register', '/api/push/unregister']) {
      const answer = await ingress.register(form, { path, headers: { 'content-type': type } })
      expect(answer).toMatchObject({ status: 415, body: { error: { code: 'unsupported_media_type' } } })
      expect(answer.body.error?.message).toContain('application/json')
    }
    expect(await ingress.listKeys()).toEqual([])
    expect(ingress.log()).not.toContain('APA91b')
  })
})

/** Says exactly this over a socket, and hears everything that is answered. */
async function converse(url: string, said: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write(said)
  return text(socket)
}
