import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect } from 'vitest'
import { send } from '../send.ts'
import { bearer, it, registrationKey } from '../start-ingress.ts'

const android = 'fcm-registration-token:APA91b_Bob'

describe('a registration', () => {
  const body = JSON.stringify({ uid: 'bob', platform: 'android', token: android })
  const authorization = bearer(registrationKey)

  it.for([
    ['none, as in the React Native sample', {}],
    ['text/plain', { 'content-type': 'text/plain;charset=UTF-8' }],
    ['Application/json', { 'content-type': 'Application/json' }],
    ['a form, as curl sends by default', { 'content-type': 'application/x-www-form-urlencoded' }],
  ] as const)('is accepted whatever its content type: %s', async ([_, headers], { ingress }) => {
    const answer = await send(`${ingress.url}/api/push/register`, {
      body,
      headers: { authorization, ...headers },
    })
    expect(answer).toMatchObject({ status: 200, body: { status: 'registered' } })
  })

  it.for([
    ['with a content-length', `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`],
    ['chunked', `transfer-encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`],
  ] as const)('is accepted without a content type: %s', async ([_, rest], { ingress }) => {
    const head = `POST /api/push/register HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: ${authorization}\r\n`
    const answer = await exchange(ingress.url, head + rest)
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(await ingress.devices.list('default', 'bob')).toHaveLength(1)
  })

  it.for([
    [
      'a form',
      'application/x-www-form-urlencoded',
      `uid=bob&platform=android&token=${encodeURIComponent(android)}`,
    ],
    [
      'a multipart form',
      'multipart/form-data; boundary=x',
      '--x\r\ncontent-disposition: form-data; name="uid"\r\n\r\nbob\r\n--x--',
    ],
  ] as const)(
    'is answered 415 with the right content type if its body is %s',
    async ([_, type, form], { ingress }) => {
      for (const path of ['/api/push/register', '/api/push/unregister']) {
        const answer = await ingress.register(form, { path, headers: { 'content-type': type } })
        expect(answer).toMatchObject({ status: 415, body: { error: { code: 'unsupported_media_type' } } })
        expect(answer.body.error?.message).toContain('application/json')
      }
      expect(await ingress.listKeys()).toEqual([])
      expect(ingress.log()).not.toContain('APA91b')
    },
  )
})

/** Sends these bytes over a socket and returns everything that is answered. */
async function exchange(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write(bytes)
  return text(socket)
}
