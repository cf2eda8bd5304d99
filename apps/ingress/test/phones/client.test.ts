import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { askState, type ReceiptEvent, sendReceipt } from '@ringer/client'
import { endActions } from '@ringer/payloads'
import { describe, expect, onTestFinished } from 'vitest'
import { APP_ID, it, SESSION_ID } from './phone-stage.ts'

const DAY_MS = 86_400_000

/** Starts a server on a port of its own, which closes with the test. */
async function listen(server: Server): Promise<string> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Starts a server that answers as told, and counts. */
async function answering(...answers: [status: number, body?: string][]) {
  const bodies: string[] = []
  const answer: RequestListener = (request, response) => {
    let body = ''
    request.on('data', chunk => {
      body += chunk
    })
    request.on('end', () => {
      const [status, text = ''] = answers[Math.min(bodies.push(body), answers.length) - 1] ?? [500]
      response.writeHead(status, { connection: 'close' }).end(text)
    })
  }
  return { stateUrl: await listen(createServer(answer)), bodies }
}

/** Starts a server that takes connections and never answers. */
async function silent() {
  const closed = Promise.withResolvers<void>()
  const server = createTcpServer(socket => {
    socket.on('error', () => {}).on('close', () => closed.resolve())
    socket.resume()
  })
  return { stateUrl: await listen(server), closed: closed.promise }
}

describe('an app that asks for the state of its call', () => {
  it('goes on ringing until the deadline, and learns who calls', async ({ stage }) => {
    const ingress = await stage.startIngress()
    const phone = await stage.ring()
    const verdict = await askState({ stateUrl: `${ingress.url}${phone.path}` })
    expect(verdict).toEqual({
      ...{ action: 'ring', remainingMs: expect.any(Number) },
      caller: { uid: 'alice', name: 'Alice Moreau', avatar: expect.any(String) },
    })
    const remainingMs = 'remainingMs' in verdict ? verdict.remainingMs : 0
    expect(remainingMs).toBeGreaterThan(0)
    expect(remainingMs).toBeLessThanOrEqual(30_000)
  })

  it('gets the name of the group that is called', async ({ stage }) => {
    const ingress = await stage.startIngress()
    const receiver = {
      uid: 'chess',
      name: 'Chess Club',
      avatar: 'https://pictures.example/c.png',
      type: 'group',
    }
    const phone = await stage.ring({ event: { receiver: { ...receiver, type: 'group' } } })
    expect(await askState({ stateUrl: `${ingress.url}${phone.path}` })).toMatchObject({
      ...{ action: 'ring', group: { uid: 'chess', name: 'Chess Club', avatar: receiver.avatar } },
    })
  })

  it.for(endActions)('stops when the call is over: %s', async (reason, { stage }) => {
    const ingress = await stage.startIngress()
    const phone = await stage.ring()
    await stage.end(reason)
    expect(await askState({ stateUrl: `${ingress.url}${phone.path}` })).toEqual({ action: 'stop', reason })
  })

  it('stops at the deadline, and a minute later without a reason', async ({ stage }) => {
    let ahead = 0
    const ingress = await stage.startIngress({ clock: () => Date.now() + ahead })
    const phone = await stage.ring()
    const stateUrl = `${ingress.url}${phone.path}`
    ahead = 40_000
    expect(await askState({ stateUrl })).toEqual({ action: 'stop', reason: 'unanswered' })
    ahead = 120_000
    expect(await askState({ stateUrl })).toEqual({ action: 'stop' })
  })

  it('stops when another phone answered', async ({ stage }) => {
    const ingress = await stage.startIngress()
    const [phone, other] = [await stage.ring(), await stage.ring({ platform: 'ios' })]
    await stage.answer(other.deviceId)
    const stateUrl = `${ingress.url}${phone.path}`
    expect(await askState({ stateUrl })).toEqual({ action: 'stop', reason: 'ongoing' })
  })

  it('goes on with a call that the server knows it has answered', async ({ stage }) => {
    const ingress = await stage.startIngress()
    const phone = await stage.ring()
    await stage.answer(phone.deviceId)
    expect(await askState({ stateUrl: `${ingress.url}${phone.path}` })).toMatchObject({ action: 'ring' })
  })

  it('goes on with a call that it has answered itself, whatever the server says', async ({ stage }) => {
    let ahead = 0
    const ingress = await stage.startIngress({ clock: () => Date.now() + ahead })
    const phone = await stage.ring()
    const stateUrl = `${ingress.url}${phone.path}`
    await stage.answer()
    const isAnswered = () => true
    expect(await askState({ stateUrl }, { isAnswered })).toMatchObject({ action: 'ring' })
    expect(await askState({ stateUrl }, { isAnswered: () => false })).toMatchObject({ action: 'stop' })
    ahead = 120_000
    expect(await askState({ stateUrl }, { isAnswered })).toEqual({ action: 'unknown' })
  })

  it.for([
    [404, ''],
    [429, ''],
    [500, ''],
    [503, ''],
    [200, '<html>Log in to the hotel’s network</html>'],
    [200, 'null'],
    [200, '{"state":"ended"}'],
    [200, '{"callAction":"cancelled","deadline":"soon","now":1}'],
  ] as const)('goes on after an answer that decides nothing: %j', async ([status, body]) => {
    expect(await askState(await answering([status, body]))).toEqual({ action: 'unknown' })
  })

  it.for(['http://127.0.0.1:1/r/x', 'https://ringer.invalid/r/x', 'no url', ''])(
    'goes on without a network or a URL: %s',
    async stateUrl => {
      expect(await askState({ stateUrl })).toEqual({ action: 'unknown' })
    },
  )

  it('goes on when no answer comes in time, and gives the connection up', async () => {
    const { stateUrl, closed } = await silent()
    expect(await askState({ stateUrl }, { timeoutMs: 50 })).toEqual({ action: 'unknown' })
    await closed
  })
})

describe('an app that sends a receipt', () => {
  const receiptsOf = async (store: { calls: { read(app: string, session: string): Promise<unknown> } }) => {
    const call = (await store.calls.read(APP_ID, SESSION_ID)) as
      | { rings: { devices: { receipts?: object }[] }[] }
      | undefined
    return call?.rings[0]?.devices[0]?.receipts
  }

  it.for<ReceiptEvent>(['shown', 'suppressed', 'late', 'duplicate', 'full-screen-denied'])(
    'has it on record: %s',
    async (event, { stage, store }) => {
      const ingress = await stage.startIngress()
      const phone = await stage.ring()
      const details = { deliveredPriority: 'normal', originalPriority: 'high', appVersion: '4.2' } as const
      expect(await sendReceipt({ stateUrl: `${ingress.url}${phone.path}` }, event, details)).toBe(true)
      expect(await receiptsOf(store)).toEqual({
        [event]: { at: expect.any(Number), phoneAt: expect.any(Number), ...details },
      })
    },
  )

  it('after a server error tries once more, with the same time', async () => {
    const { stateUrl, bodies } = await answering([503], [204])
    expect(await sendReceipt({ stateUrl }, 'shown')).toBe(true)
    expect(bodies).toEqual([bodies[1], bodies[0]])
    expect(bodies[0]).toMatch(/^{"event":"shown","at":\d{13}}$/)
  })

  it('does not try a third time', async () => {
    const { stateUrl, bodies } = await answering([503])
    expect(await sendReceipt({ stateUrl }, 'shown')).toBe(false)
    expect(bodies).toHaveLength(2)
  })

  it('does not repeat what is refused', async ({ stage }) => {
    const { stateUrl, bodies } = await answering([404])
    expect(await sendReceipt({ stateUrl }, 'shown')).toBe(false)
    expect(bodies).toHaveLength(1)
    let ahead = 0
    const ingress = await stage.startIngress({ clock: () => Date.now() + ahead })
    const phone = await stage.ring()
    ahead = 2 * DAY_MS
    expect(await sendReceipt({ stateUrl: `${ingress.url}${phone.path}` }, 'late')).toBe(false)
  })

  it('does not throw without a network or a URL', async () => {
    expect(await sendReceipt({}, 'shown')).toBe(false)
    expect(await sendReceipt({ stateUrl: 'http://127.0.0.1:1/r/x' }, 'shown')).toBe(false)
  })
})
