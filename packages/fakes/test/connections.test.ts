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

/** Whether a promise is still pending after several pushes on another connection were answered. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const other = connectApns(apns, credentials)
  for (let round = 0; round < 5; round += 1) await other.push({ token: 'ee'.repeat(32) })
  other.close()
  return Promise.race([promise.then(() => false), Promise.resolve(true)])
}

describe('freeze', () => {
  it('silences open connections and leaves new ones alone', async () => {
    await client.push()
    apns.freeze()
    const stuck = client.push()
    stuck.catch(() => undefined)
    expect(await isPending(stuck)).toBe(true)
    expect(apns.acceptedCount(TOKEN)).toBe(1)
    expect(client.session.destroyed).toBe(false)
  })

  it('is followed, after the thaw, by answers to what was sent meanwhile', async () => {
    await client.push()
    apns.freeze()
    const late = client.push()
    expect(await isPending(late)).toBe(true)
    apns.thaw()
    await expect(late).resolves.toMatchObject({ status: 200 })
    expect(apns.acceptedCount(TOKEN)).toBe(2)
  })

  it('hides that a client ended its connection, and sends no FIN', async () => {
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

  it('silences new connections too with newConnections', async () => {
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

  it('silences one connection with its number', async () => {
    await client.push()
    const second = connectApns(apns, credentials)
    await second.push()
    apns.freeze({ only: connection => connection === 1 })
    await expect(second.push()).resolves.toMatchObject({ status: 200 })
    const stuck = client.push()
    expect(await isPending(stuck)).toBe(true)
    apns.thaw()
    await stuck
    second.close()
  })

  it('lets a connection that its client closed meanwhile end at the thaw', async () => {
    await client.push()
    apns.freeze()
    const gone = once(client.session, 'close')
    client.close()
    await gone
    apns.thaw()
    await expect.poll(() => apns.connections).toBe(0)
  })
})

describe('the stand-in for APNs', () => {
  it('counts the open connections and all connections so far', async () => {
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
      'a frozen connection',
      async () => {
        await client.push()
        apns.freeze({ newConnections: true })
        connectApns(apns, credentials)
          .push()
          .catch(() => undefined)
      },
    ],
    [
      'an unanswered push',
      async () => {
        apns.order({ hang: true })
        client.push().catch(() => undefined)
        await apns.waitFor(received => received.length === 1)
      },
    ],
    [
      'a delayed answer',
      async () => {
        apns.order({ delayMs: 60_000 })
        client.push().catch(() => undefined)
        await apns.waitFor(received => received.length === 1)
      },
    ],
    ['new connections refused', async () => apns.refuseConnections()],
  ])('closes at once, with %s', async (_what, prepare) => {
    await prepare()
    const start = performance.now()
    await apns.close()
    await apns.close()
    expect(performance.now() - start).toBeLessThan(1000)
    expect(apns.connections).toBe(0)
  })
})
