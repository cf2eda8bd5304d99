import type { History, SentReceipt } from '../../history.ts'
import { ALLOWED_MS } from '../allowances.ts'
import type { Ring } from '../rings.ts'
import type { Violation } from './violation.ts'

/** Finds receipts that were answered 204 and are not on record, and receipts on record that no phone sent for this ring. */
export function findWrongReceipts(
  { sessionId, recipient, record }: Ring,
  { receipts, phones }: Pick<History, 'receipts' | 'phones'>,
  idOf: (token: string) => string,
): Violation[] {
  return (record?.devices ?? []).flatMap(device => {
    const phone = phones.find(({ token }) => idOf(token) === device.deviceId)
    const name = phone?.name ?? device.deviceId
    const sent = receipts.filter(one => one.sessionId === sessionId && idOf(one.token) === device.deviceId)
    const wrong = (what: string): Violation => ({
      ...{ kind: 'wrong receipt', what, sessionId, recipient, token: phone?.token },
    })
    const unsent = Object.entries(device.receipts ?? {}).flatMap(([event, { at }]) =>
      sent.some(one => one.event === event && isFrom(one, at))
        ? []
        : [wrong(`${name} is recorded as having reported ${event}, and did not do so then`)],
    )
    const missing = sent
      .filter(({ status, event }) => status === 204 && !device.receipts?.[event])
      .map(({ event }) => wrong(`${name} reported ${event}, was answered 204, and it is not on record`))
    return [...unsent, ...missing]
  })
}

/** Whether a receipt on record can be this one. One that was not answered may have been written at any time after it was sent. */
const isFrom = ({ sentAt, answeredAt, status }: SentReceipt, at: number) =>
  at >= sentAt - ALLOWED_MS.clock && (status === undefined || at <= answeredAt + ALLOWED_MS.clock)
