import { describe, expect, it } from 'vitest'
import type { PageState } from '../src/create-simulator.ts'
import { createTrays } from '../src/phones/create-trays.ts'
import type { PhoneId } from '../src/phones/handset-state.ts'
import { startStage } from './start-stage.ts'

const traysOf = (state: PageState, id: PhoneId) => {
  const phone = state.phones.find(known => known.id === id)
  return { shown: phone?.notifications ?? [], badge: phone?.badge }
}
const texts = (state: PageState, id: PhoneId) => traysOf(state, id).shown.map(({ text }) => text)

const bobs = ['iphone', 'android', 'laptop'] as const

/** Whether all of Bob's phones show these messages, newest first. */
const bobSees = (state: PageState, ...wanted: string[]) =>
  bobs.every(id => texts(state, id).join() === wanted.join())

describe('a message', () => {
  it('is sent by the push provider with Basic and no signature, and shown on Bob’s phones', async () => {
    const { post, page, registered, ringer } = await startStage()
    await registered()
    const answer = await post('/api/messages', { text: 'Are you there?' })
    expect(answer).toMatchObject({ status: 200, body: { status: 200, body: { status: 'queued' } } })
    const state = await page.waitFor('the message', now => bobSees(now, 'Are you there?'))
    for (const id of bobs) {
      expect(traysOf(state, id)).toMatchObject({
        shown: [{ kind: 'message', title: 'Alice Martin', text: 'Are you there?' }],
        badge: 1,
      })
    }
    expect(traysOf(state, 'carols-android').shown).toEqual([])
    const [request] = ringer.requests
    expect(request?.headers.authorization).toMatch(/^Basic /)
    expect(request?.headers).not.toHaveProperty('x-cometchat-signature')
    expect(request?.body.trigger).toBe('push-notification-payload-generated')
  })

  it('raises the badge until it is dismissed, and only the newest three messages are shown', async () => {
    const { post, page, registered } = await startStage()
    await registered()
    for (const text of ['one', 'two', 'three', 'four']) {
      await post('/api/messages', { text })
      await page.waitFor(text, now => bobs.every(id => texts(now, id)[0] === text))
    }
    const state = await page.waitFor('three of four', now => bobSees(now, 'four', 'three', 'two'))
    expect(traysOf(state, 'iphone').badge).toBe(4)
    const [, three] = traysOf(state, 'iphone').shown
    const dismissed = await post('/api/phones/iphone/dismiss', { notification: three?.id })
    expect(dismissed.status).toBe(200)
    const rest = await page.waitFor('two', now => texts(now, 'iphone').join() === 'four,two')
    expect(texts(rest, 'android')).toEqual(['four', 'three', 'two'])
    await post('/api/messages', { text: 'five' })
    const last = await page.waitFor('the fifth', now => texts(now, 'android')[0] === 'five')
    expect(traysOf(last, 'android').badge).toBe(4)
  })

  it.each([
    ['no text', {}],
    ['an empty text', { text: '  ' }],
    ['a text that is too long', { text: 'a'.repeat(1_001) }],
  ])('with %s is refused with an error that names the field', async (_, body) => {
    const { post, ringer } = await startStage()
    const answer = await post('/api/messages', body)
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_request' } } })
    expect(answer.body.error.message).toContain('text:')
    expect(ringer.requests).toEqual([])
  })

  it('cannot be sent if the push provider has no user name, and the error names the setting', async () => {
    const { post } = await startStage({ login: false })
    const { status, body } = await post('/api/messages', { text: 'Are you there?' })
    expect(status).toBe(409)
    expect(body.error.message).toContain('COMETCHAT_WEBHOOK_USERNAME')
  })
})

describe('a lock screen', () => {
  const alert = { kind: 'missed-call', title: 'Alice', text: 'Missed call from Alice' } as const

  it('shows a repeated notification once, and another call’s notification beside it', () => {
    const trays = createTrays({ clock: () => 1_000 })
    for (const tag of ['one', 'one', 'two']) trays.show('iphone', { ...alert, tag })
    expect(trays.shown('iphone').map(({ id }) => id)).toEqual([3, 2])
    expect(trays.shown('android')).toEqual([])
  })

  it('keeps its badge if a push does not set one', () => {
    const trays = createTrays({ clock: () => 1_000 })
    trays.show('android', { ...alert, badge: 4 })
    trays.show('android', alert)
    expect(trays.badge('android')).toBe(4)
    expect(trays.shown('android')).toHaveLength(2)
  })
})
