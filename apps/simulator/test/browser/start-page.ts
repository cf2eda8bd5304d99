import { startRedis } from '@ringer/fakes'
import { startFakeCometChat } from '@ringer/fakes/cometchat'
import { createCometChatApi } from '@ringer/service'
import { login, registrationKey, secret, startWorld } from '../../../../test/world.ts'
import { createSimulator } from '../../src/create-simulator.ts'
import { chessClub } from '../../src/scene/people.ts'
import { watchStore } from '../../src/watch-store.ts'
import { openStates } from '../open-states.ts'

/**
 * Starts the page with all of Ringer behind it in this process: Redis, an ingress and a worker. Resolves when the page's phones are
 * registered.
 */
export async function startPage() {
  const redis = await startRedis()
  // Everything shares one process with the browser's driver, so Redis may take longer.
  const world = await startWorld(redis, { ingress: { storeLimitMs: 5_000 }, stateUrls: true })
  const group = new Map([[chessClub.uid, chessClub.members.map(({ uid }) => uid)]])
  const cometchat = await startFakeCometChat({ groups: group })
  const { listMembers } = createCometChatApi({ url: cometchat.url, apiKey: cometchat.apiKey })
  world.addWorker({ tenant: { listMembers, stopOtherDevices: true, missedCall: {} } })
  const { reader, prefix, records, apns, fcm, webpush } = world
  const store = watchStore({ redis: reader, prefix, records, appId: undefined })
  await store.ready()
  const simulator = createSimulator({
    ingressUrl: world.ingress,
    credentials: { ...login, secret },
    registrationKey,
    ...{ apns, fcm, webpush, watchCalls: store.watchCalls, readCall: store.readCall },
  })
  const url = await simulator.listen({ host: '127.0.0.1', port: 0 })
  const states = await openStates(url)

  async function post(path: string): Promise<void> {
    await fetch(new URL(path, url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
  }

  /** Ends the call of an earlier test, and repairs what it broke. */
  async function makeQuiet(): Promise<void> {
    const { call } = await states.waitFor('a state', () => true)
    if (call?.phase === 'ringing') await post(`/api/calls/${call.sessionId}/cancel`)
    if (call?.phase === 'answered') await post(`/api/calls/${call.sessionId}/end`)
    await post('/api/chaos/clear')
    await states.waitFor(
      'quiet phones',
      ({ phones }) =>
        phones.every(({ state }) => state.status === 'idle') &&
        phones.every(({ registration }) => registration.status === 'registered'),
    )
  }

  return {
    url,
    states,
    apns,
    makeQuiet,
    async close() {
      states.close()
      await simulator.close()
      await store.close()
      await world.close()
      await cometchat.close()
      await redis.close()
    },
  }
}
