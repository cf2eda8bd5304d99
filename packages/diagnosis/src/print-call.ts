import type { AttemptView } from './describe/attempts.ts'
import type { ReceiptView } from './describe/receipts.ts'
import type { CallView, DeviceView, RingView } from './describe-call.ts'
import type { Verdict } from './verdict-of.ts'

/** A call as text for people: the verdict, then each person with their phones, then the timeline. Ends with a line break. */
export function printCall(call: CallView): string {
  const { sessionId, verdict, note, rings, timeline } = call
  return [
    `Call ${sessionId}`,
    ...explain(verdict, ''),
    ...(note ? [`  note: ${note}`] : []),
    ...rings.flatMap(ring => ['', ...printRing(ring)]),
    ...(timeline.length > 0 ? ['', 'Timeline', ...timeline.map(printStep)] : []),
    '',
  ]
    .map(withoutControls)
    .join('\n')
}

/** Ids may hold control characters, with which whoever chose them could write over the terminal. */
const withoutControls = (line: string) => line.replace(/\p{Cc}/gu, '\ufffd')

const explain = ({ code, sentence, fix, docs }: Verdict, indent: string) => [
  `${indent}${code}: ${sentence}`,
  ...(fix ? [`${indent}  fix: ${fix}`, `${indent}  docs: ${docs}`] : []),
]

function printRing({ recipient, state, verdict, note, devices }: RingView): string[] {
  return [
    `${recipient}: ${wordsOf(state, devices)}`,
    ...(devices.length === 0 ? explain(verdict, '  ') : []),
    ...(note ? [`  note: ${note}`] : []),
    ...devices.flatMap(printDevice),
  ]
}

/** An end says nothing about the phones, so the line says whether one was rung before it. */
function wordsOf(state: RingView['state'], devices: DeviceView[]): string {
  if (state === 'not-rung') return 'not rung'
  if (state === 'nobody') return 'no phone to ring'
  const wasRung = ({ attempts, receipts }: DeviceView) =>
    attempts.some(({ outcome }) => outcome === 'accepted') || receipts.length > 0
  return state === 'ended' && !devices.some(wasRung) ? 'ended, not rung' : state
}

function printDevice({ deviceId, appDeviceId, platform, pushId, ...device }: DeviceView): string[] {
  const { verdict, attempts, receipts } = device
  const name = appDeviceId === undefined ? '' : ` (${appDeviceId})`
  return [
    `  ${platform} ${deviceId}${name}${pushId ? `  (push id ${pushId})` : ''}`,
    ...explain(verdict, '    '),
    ...attempts.map(printAttempt),
    ...receipts.map(printReceipt),
  ]
}

function printAttempt({ attempt, ms, tookMs, leftMs = 0, words }: AttemptView): string {
  if (ms === undefined) return `    attempt ${attempt}: ${words}`
  const sent = `sent at +${ms} ms with ${(leftMs / 1_000).toFixed(1)} s left`
  return `    attempt ${attempt}: ${sent}, ${words}${tookMs === undefined ? '' : ` after ${tookMs} ms`}`
}

function printReceipt({ event, ms, deliveredPriority, originalPriority, ...more }: ReceiptView): string {
  const { appVersion, osVersion } = more
  const said = [
    deliveredPriority && `delivered with priority ${deliveredPriority}`,
    originalPriority && `sent with ${originalPriority}`,
    appVersion && `app ${appVersion}`,
    osVersion && `OS ${osVersion}`,
  ].filter(Boolean)
  return `    reported ${event} ${ms} ms after the webhook${said.length > 0 ? ` (${said.join(', ')})` : ''}`
}

/** One step of the timeline, as a line without its break. */
export const printStep = ({ ms, what, recipient, deviceId }: CallView['timeline'][number]) =>
  withoutControls(
    `  ${`+${ms} ms`.padStart(11)}  ${what}${recipient ? `  ${recipient}` : ''}${deviceId ? `  ${deviceId}` : ''}`,
  )
