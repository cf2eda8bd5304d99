import { createHmac } from 'node:crypto'
import { createStateUrls, ringId } from '@ringer/payloads'
import { describe, expect, it } from 'vitest'
import { APP_ID, SESSION_ID } from '../webhooks.ts'

const publicUrl = 'https://ringer.example.com'
const [today, yesterday] = ['kestrel-harbour-lantern-4711-brisk', 'old-orchard-copper-9042-windmill']
const urls = createStateUrls({ publicUrl, secrets: [today] })
const capability = {
  ringId: ringId(APP_ID, { sessionId: SESSION_ID, recipient: 'bob', announcedBy: undefined }),
  deviceId: '0123456789abcdef0123456789abcdef',
}
const tokenOf = (url: string) => url.slice(`${publicUrl}/r/`.length)
const token = tokenOf(urls.urlOf(capability))

describe('a state URL', () => {
  it('is short, names a ring and a device, and needs no storage', () => {
    expect(urls.urlOf(capability)).toBe(`${publicUrl}/r/${token}`)
    expect(token).toMatch(/^[\w-]{64}$/)
    expect(urls.read(token)).toEqual({ ok: true, capability })
  })

  it('is the documented HMAC over both ids', () => {
    const ids = Buffer.from(capability.ringId.replaceAll('-', '') + capability.deviceId, 'hex')
    const mac = createHmac('sha256', today).update(Buffer.concat([Buffer.from('ringer state'), ids]))
    const bytes = Buffer.concat([ids, mac.digest().subarray(0, 16)])
    expect(token).toBe(bytes.toString('base64url'))
  })

  it('is known to another ingress with the same secret', () => {
    const other = createStateUrls({ publicUrl: 'https://elsewhere.example', secrets: [today] })
    expect(other.read(token)).toEqual({ ok: true, capability })
  })

  it('is refused if any of its characters is changed', () => {
    const changed = Array.from(token, (letter, at) => {
      const other = letter === 'A' ? 'B' : 'A'
      return token.slice(0, at) + other + token.slice(at + 1)
    })
    expect(changed.filter(each => urls.read(each).ok)).toEqual([])
  })

  it.each([
    ['of another device', { ...capability, deviceId: 'f'.repeat(32) }],
    ['of another ring', { ...capability, ringId: '00000000-0000-5000-8000-000000000000' }],
  ])('has a signature that is invalid for that %s', (_, other) => {
    const ofOther = Buffer.from(tokenOf(urls.urlOf(other)), 'base64url')
    const mac = Buffer.from(token, 'base64url').subarray(32)
    const forged = Buffer.concat([ofOther.subarray(0, 32), mac]).toString('base64url')
    expect(urls.read(forged)).toEqual({ ok: false, fault: 'wrong-signature' })
  })

  it.each([
    ['empty', ''],
    ['truncated', token.slice(0, -1)],
    ['longer', `${token}A`],
    ['with other letters of base64', token.replace(/.$/, '+')],
    ['with a line break', `${token}\n`],
    ['padded', `${token.slice(0, -1)}=`],
  ])('is malformed: %s', (_, given) => {
    expect(urls.read(given)).toEqual({ ok: false, fault: 'malformed' })
  })

  it('of the old secret is read while both are there, and refused afterwards', () => {
    const before = createStateUrls({ publicUrl, secrets: [yesterday] })
    const during = createStateUrls({ publicUrl, secrets: [today, yesterday] })
    const old = tokenOf(before.urlOf(capability))
    expect(during.read(old)).toEqual({ ok: true, capability })
    expect(during.urlOf(capability)).toBe(urls.urlOf(capability))
    expect(urls.read(old)).toEqual({ ok: false, fault: 'wrong-signature' })
  })

  it.each(['ring-1', '', 'zz'.repeat(16)])('cannot be made of an id that is not 16 bytes: %j', ringId => {
    expect(() => urls.urlOf({ ...capability, ringId })).toThrow(RangeError)
  })
})
