import type { FakePushServer, ReceivedPush } from '@ringer/fakes'

/** The phones behind the stand-ins: each shows a call and reports it. */
export interface ReportingPhones {
  /** How long a phone takes to show a call, ms. Default: 50. */
  showAfter(ms: number): void
}

/** Lets phones report at the state URL of each ring that they show it. */
export function createReportingPhones(
  providers: readonly Pick<FakePushServer<never>, 'onPush'>[],
): ReportingPhones {
  let delayMs = 50
  const report = ({ accepted, data }: ReceivedPush) => {
    if (!accepted || typeof data.stateUrl !== 'string' || data.callAction !== 'initiated') return
    const { stateUrl } = data
    setTimeout(() => {
      void fetch(stateUrl, {
        method: 'POST',
        body: JSON.stringify({ event: 'shown' }),
        headers: { 'content-type': 'application/json' },
      }).catch(() => undefined)
    }, delayMs).unref()
  }
  for (const provider of providers) provider.onPush(report)
  return {
    showAfter(ms) {
      delayMs = ms
    },
  }
}
