import type { ReceivedPush } from '@ringer/fakes'
import type { StartedProcess } from '../../apps/cli/src/demo/start-process.ts'
import type { PlacedCall } from './create-callers.ts'
import type { TrialStage } from './start-trial-stage.ts'

type Pushes = readonly ReceivedPush[]
type Received = Pick<TrialStage, 'apns' | 'fcm'>

const rings = (pushes: Pushes, token: string, sessionId: string) =>
  pushes.filter(push => push.token === token && push.data.sessionId === sessionId && isRing(push)).length
const isRing = ({ data }: ReceivedPush) => data.callAction === 'initiated'

/** Which phones of a call did not ring exactly once, or were not told once that it was cancelled. */
export function faultsOfCall(
  { callee, sessionId, isCancelled }: PlacedCall,
  { apns, fcm }: Received,
): string[] {
  const [apple, google] = [apns.accepted(), fcm.accepted()]
  const stops = google.filter(
    push => push.token === callee.android && push.data.sessionId === sessionId && !isRing(push),
  )
  const counts = [
    ['the iPhone rang', rings(apple, callee.iphone, sessionId), 1],
    ['the Android phone rang', rings(google, callee.android, sessionId), 1],
    ['the Android phone was stopped', stops.length, isCancelled ? 1 : 0],
  ] as const
  return counts
    .filter(([, count, wanted]) => count !== wanted)
    .map(([what, count, wanted]) => `${sessionId} to ${callee.uid}: ${what} ${count} times, not ${wanted}`)
}

/** What a process that runs has to say: each call as accepted, no unreadable record, no error. */
export async function faultsOfProcess(
  name: string,
  { adminUrl, printed }: Pick<StartedProcess, 'adminUrl' | 'printed'>,
  calls: readonly PlacedCall[],
): Promise<string[]> {
  const faults: string[] = []
  for (const { sessionId } of calls) {
    const response = await fetch(`${adminUrl}/calls/${sessionId}`)
    const text = await response.text()
    if (!response.ok || !text.includes('"outcome":"accepted"'))
      faults.push(`${name} does not know that ${sessionId} rang: ${response.status} ${text.slice(0, 300)}`)
  }
  const metrics = await (await fetch(`${adminUrl}/metrics`)).text()
  const unreadable = metrics.match(/^ringer_unreadable_records_total\S* [1-9]\d*$/gm) ?? []
  faults.push(...unreadable.map(line => `${name} could not read records: ${line}`))
  const errors = printed().match(/^.*"level":"(error|fatal)".*$/gm) ?? []
  return [...faults, ...errors.map(line => `${name} printed ${line}`)]
}
