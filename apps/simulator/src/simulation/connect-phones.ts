import type { FakeApns, FakeFcm, FakeWebPush } from '@ringer/fakes'
import type { PhoneHandset } from '../phones/handset.ts'
import type { Simulation } from './create-simulation.ts'

/**
 * Adds the page's phones to the stand-ins for Apple and Google, and passes each phone its pushes, and the browser all those to
 * one of its subscriptions. Ignores pushes to other tokens, which belong to phones that are not on this page. Returns a function that stops it.
 */
export function connectPhones(
  simulation: Simulation,
  { apns, fcm, webpush }: { apns: FakeApns; fcm: FakeFcm; webpush: FakeWebPush },
): () => void {
  const connect = ({ id, token, alertToken, platform }: PhoneHandset) => {
    const provider = platform === 'ios' ? apns : fcm
    provider.devices.set(token, { kind: platform === 'ios' ? 'voip' : 'fcm', state: 'active' })
    if (alertToken !== undefined) provider.devices.set(alertToken, { kind: 'alert', state: 'active' })
    return provider.onPush(push => {
      if (push.token === token || (push.token !== null && push.token === alertToken))
        simulation.receive(id, push, provider.url)
    })
  }
  const unsubscribe = simulation.handsets.map(handset => {
    if (handset.platform !== 'web') return connect(handset)
    return webpush.onPush(push => {
      if (push.token !== null) simulation.receive(handset.id, push, webpush.url)
    })
  })
  return () => {
    for (const stop of unsubscribe) stop()
  }
}
