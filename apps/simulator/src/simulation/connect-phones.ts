import type { FakeApns, FakeFcm } from '@ringer/fakes'
import type { Simulation } from './create-simulation.ts'

/**
 * Makes the page's phones known to the stand-ins for Apple and Google and hands them their pushes. A push to any other token
 * is for a phone that is not on this page. Returns what ends it.
 */
export function connectPhones(
  simulation: Simulation,
  { apns, fcm }: { apns: FakeApns; fcm: FakeFcm },
): () => void {
  const offs = simulation.handsets.map(({ id, token, alertToken, platform }) => {
    const provider = platform === 'ios' ? apns : fcm
    provider.devices.set(token, { kind: platform === 'ios' ? 'voip' : 'fcm', state: 'active' })
    if (alertToken !== undefined) provider.devices.set(alertToken, { kind: 'alert', state: 'active' })
    return provider.onPush(push => {
      if (push.token === token || (push.token !== null && push.token === alertToken))
        simulation.receive(id, push)
    })
  })
  return () => {
    for (const off of offs) off()
  }
}
