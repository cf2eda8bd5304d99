import { once } from 'node:events'
import { connect } from 'node:net'
import {
  createStandInCredentials,
  type FakeApns,
  type StandInCredentials,
  startFakeApns,
} from '@ringer/fakes'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { connectApns, TOKEN } from './apns-client.ts'

let credentials: StandInCredentials
let apns: FakeApns
let client: ReturnType<typeof connectApns>

beforeAll(async () => {
  credentials = await createStandInCredentials()
})
beforeEach(async () => {
  apns = await startFakeApns({ credentials, environment: 'production' })
  client = connectApns(apns, credentials)
})
afterEach(async () => {
  client.close()
  await apns.close()
})

/** Whether a promise is still pending after everything that other connections could do. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const other = connectApns(apns, credentials)
  for (let round = 0; round < 5; round += 1) await other.push({ token: 'ee'.repeat(32) })
  other.close()
  return Promise.race([promise.then(() => false), Promise.resolve(true)])
}

describe('freeze', () => {
  it('silences the connections that exist, and no others', async () => {
    await client.push()
    apns.freeze()
    const stuck = client.push()
    stuck.catch(() => undefined)
    expect(await isPending(stuck)).toBe(true)
    expect(apns.acceptedCount(TOKEN)).toBe(1)
    expect(client.session.destroyed).toBe(false)
  })

  it('answers after the thaw what was sent during the frost', async () => {
    await client.push()
    apns.freeze()
    const late = client.push()
    expect(await isPending(late)).toBe(true)
    apns.thaw()
    await expect(late).resolves.toMatchObject({ status: 200 })
    expect(apns.acceptedCount(TOKEN)).toBe(2)
  })

  it('sends no FIN when its client ends, and sees nothing of it', async () => {
    const socket = connect(apns.port, '127.0.0.1')
    await once(socket, 'connect')
    await client.push()
    expect(apns.connections).toBe(2)
    apns.freeze()
    let ended = false
    socket.on('end', () => {
      ended = true
    })
    socket.end()
    socket.resume()
    await once(socket, 'finish')
    const other = connectApns(apns, credentials)
    await other.push()
    other.close()
    expect(ended).toBe(false)
    const end = once(socket, 'close')
    apns.thaw()
    await end
  })

  it('silences new connections too when told so', async () => {
    apns.freeze({ newConnections: true })
    const second = connectApns(apns, credentials)
    const socket = connect(apns.port, '127.0.0.1')
    await once(socket, 'connect')
    const stuck = second.push()
    apns.thaw()
    await expect(stuck).resolves.toMatchObject({ status: 200 })
    socket.destroy()
    second.close()
  })

  it('ends a connection at the thaw that its own side had ended meanwhile', async () => {
    await client.push()
    apns.freeze()
    const gone = once(client.session, 'close')
    client.close()
    await gone
    apns.thaw()
    await expect.poll(() => apns.connections).toBe(0)
  })
})

describe('connections', () => {
  it('counts those that are open and all that were', async () => {
    await client.push()
    const second = connectApns(apns, credentials)
    await second.push()
    expect([apns.connections, apns.connectionsTotal]).toEqual([2, 2])
    expect(apns.received.map(({ connection }) => connection)).toEqual([1, 2])
    second.close()
    await expect.poll(() => apns.connections).toBe(1)
    expect(apns.connectionsTotal).toBe(2)
  })

  it('refuses new connections, keeps the old ones, and accepts again on the same port', async () => {
    await client.push()
    apns.refuseConnections()
    const refused = connect(apns.port, '127.0.0.1')
    const [error] = await once(refused, 'error')
    expect(error.code).toBe('ECONNREFUSED')
    await expect(client.push()).resolves.toMatchObject({ status: 200 })
    await apns.acceptConnections()
    await apns.acceptConnections()
    const second = connectApns(apns, credentials)
    await expect(second.push()).resolves.toMatchObject({ status: 200 })
    second.close()
  })

  it('drops connections with a reset', async () => {
    await client.push()
    const socket = connect(apns.port, '127.0.0.1')
    await once(socket, 'connect')
    const error = once(socket, 'error')
    const closed = once(client.session, 'close')
    const lost = client.push()
    await expect.poll(() => apns.connections).toBe(2)
    apns.dropConnections()
    expect((await error)[0].code).toBe('ECONNRESET')
    await expect(lost).rejects.toThrow()
    await closed
    expect(apns.connections).toBe(0)
  })

  it('refuses to start on a port that is taken', async () => {
    const again = startFakeApns({ credentials, environment: 'sandbox', port: apns.port })
    await expect(again).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it('survives a client that speaks no TLS', async () => {
    const socket = connect(apns.port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.end('GET / HTTP/1.1\r\n\r\n')
    await once(socket, 'close')
    await expect(client.push()).resolves.toMatchObject({ status: 200 })
  })

  it.each([
    ['an open connection', () => client.push()],
    [
      'a frozen one',
      async () => {
        await client.push()
        apns.freeze({ newConnections: true })
        connectApns(apns, credentials)
          .push()
          .catch(() => undefined)
      },
    ],
    [
      'a push without an answer',
      async () => {
        apns.order({ hang: true })
        client.push().catch(() => undefined)
        await apns.waitFor(received => received.length === 1)
      },
    ],
    [
      'an answer that is due later',
      async () => {
        apns.order({ delayMs: 60_000 })
        client.push().catch(() => undefined)
        await apns.waitFor(received => received.length === 1)
      },
    ],
    ['a closed door', async () => apns.refuseConnections()],
  ])('closes at once, with %s', async (_what, prepare) => {
    await prepare()
    const start = performance.now()
    await apns.close()
    await apns.close()
    expect(performance.now() - start).toBeLessThan(1000)
    expect(apns.connections).toBe(0)
  })
})
