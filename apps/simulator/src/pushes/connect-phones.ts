import type { FakeApns, FakeFcm } from '@ringer/fakes'
import type { Simulation } from '../simulation/create-simulation.ts'

/**
 * Adds the page's phones to the stand-ins for Apple and Google, and passes each phone its pushes. Ignores pushes to other
 * tokens, which belong to phones that are not on this page. Returns a function that stops it.
 */
export function connectPhones(
  simulation: Simulation,
  { apns, fcm }: { apns: FakeApns; fcm: FakeFcm },
): () => void {
  const unsubscribe = simulation.handsets.map(({ id, token, alertToken, platform }) => {
    const provider = platform === 'ios' ? apns : fcm
    provider.devices.set(token, { kind: platform === 'ios' ? 'voip' : 'fcm', state: 'active' })
    if (alertToken !== undefined) provider.devices.set(alertToken, { kind: 'alert', state: 'active' })
    return provider.onPush(push => {
      if (push.token === token || (push.token !== null && push.token === alertToken))
        simulation.receive(id, push, provider.url)
    })
  })
  return () => {
    for (const stop of unsubscribe) stop()
  }
}
