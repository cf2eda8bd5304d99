import { expect, it } from 'vitest'
import { signEvent } from '../../src/events/sign-event.ts'

// The example of https://docs.svix.com/receiving/verifying-payloads/how-manual, whose scheme became Standard Webhooks.
const secret = 'whsec_plJ3nmyCDGBKInavdOK15jsl'
const message = {
  id: 'msg_loFOjxBNrRLzqYUf',
  at: 1_731_705_121_900,
  body: '{"event_type":"ping","data":{"success":true}}',
}
const signature = 'v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0='

it('signs id, time in seconds and body, as Standard Webhooks does', () => {
  expect(signEvent(message, [secret])).toEqual({
    'webhook-id': 'msg_loFOjxBNrRLzqYUf',
    'webhook-timestamp': '1731705121',
    'webhook-signature': signature,
  })
})

it('takes a secret without its prefix, and signs once with each of two', () => {
  const both = signEvent(message, ['MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'plJ3nmyCDGBKInavdOK15jsl'])
  expect(both['webhook-signature']?.split(' ')).toEqual([expect.stringMatching(/^v1,.{44}$/), signature])
})
