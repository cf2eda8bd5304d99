import { expect, onTestFinished } from 'vitest'
import { createProviderToken } from '../../src/apns/provider-token.ts'
import { createSessionPair } from '../../src/apns/session/create-session-pair.ts'
import { it } from './apns-world.ts'

// Each session was given up after 2 s, but a second attempt had opened the next one meanwhile, once a second: the worker never left
// Apple's queue to others, and held its rings until their deadline.
it('Apple is found out of reach although second attempts open a session every second', async ({ world }) => {
  world.production.freeze({ newConnections: true })
  const { auth, ca, urls } = world.config
  if (auth.kind !== 'token') throw new Error('the world authenticates with a token')
  const account = {
    ...{ ca, url: urls.production, production: true },
    identity: { kind: 'token' as const, token: createProviderToken(auth, Date.now) },
  }
  let isUnreachable = false
  const pair = createSessionPair(account, Date.now, {
    onRoom: () => {},
    onSuspicion: () => {},
    onUnreachable: () => {
      isUnreachable = true
    },
  })
  onTestFinished(() => pair.close())
  void pair.connect()
  let used = [pair.take()]
  let asked = 0
  const sendAgain = () => {
    asked += 1
    // The first attempt has just left.
    if (asked === 1) return false
    used = used.filter(session => !session.isOver())
    const another = pair.besides(used)?.()
    if (another) used.push(another)
    return isUnreachable
  }
  await expect.poll(sendAgain, { timeout: 8_000, interval: 900 }).toBe(true)
  expect(pair.besides(used)).toBeUndefined()
})
