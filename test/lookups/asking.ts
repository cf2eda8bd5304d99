import { type CallView, createLookup, printCall } from '@ringer/diagnosis'
import { signalledRing } from '../../packages/payloads/test/webhooks.ts'
import { tokens } from '../webhooks.ts'
import type { World } from '../world.ts'

export const sessionId = 'v1.eu.diagnosed'

/** A call from Alice to Bob, as of now. */
export const call = (more: Parameters<typeof signalledRing>[0] = {}) =>
  signalledRing({ sessionId, sentAt: Date.now(), ...more })

export const phones = {
  iphone: { uid: 'bob', platform: 'ios', token: tokens.iphone, environment: 'production' },
  android: { uid: 'bob', platform: 'android', token: tokens.android },
}

/** What somebody who asks is told at this moment, or some ms later. */
export async function ask({ reader: redis, keys, records }: World, laterMs = 0): Promise<CallView> {
  const now = () => Date.now() + laterMs
  const lookup = createLookup({ redis, keys, records, appIds: ['default'], now })
  return (await lookup.find(sessionId)).json as CallView
}

/** The same as `ringer why` prints it. */
export const askInWords = async (world: World, laterMs = 0) => printCall(await ask(world, laterMs))
