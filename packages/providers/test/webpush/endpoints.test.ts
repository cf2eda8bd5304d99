import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { askNameServers, type ResolveName } from '@ringer/service'
import { describe, expect, it as test } from 'vitest'
import { noReports } from '../../src/sending/sender-reports.ts'
import { buildPush } from '../../src/webpush/build-push.ts'
import { classifyResponse, type WebPushAnswer } from '../../src/webpush/classify-response.ts'
import { createPushService } from '../../src/webpush/create-push-service.ts'
import { isPublicAddress } from '../../src/webpush/endpoint/is-public-address.ts'
import { createLookupPublic } from '../../src/webpush/endpoint/lookup-public.ts'
import { browser, commit, ringOf, subscription, upTo } from '../pushes/outgoing-push.ts'
import { it, startWebPushWorld } from './webpush-world.ts'

describe('a public address', () => {
  test.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '192.0.0.8',
    '198.18.0.1',
    '203.0.113.9',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:10.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::a00:1',
    'fc00::1',
    'fd12::1',
    'fe80::1',
    'ff02::1',
    '2001::1',
    '2001:db8::1',
    '2002:a00:1::',
    '3fff::1',
    'localhost',
    '',
  ])('is not %s', address => expect(isPublicAddress(address)).toBe(false))

  test.each([
    '8.8.8.8',
    '172.32.0.1',
    '192.0.1.1',
    '100.128.0.1',
    '2a00:1450:4001:80b::200a',
    '2606:4700::1111',
  ])('is %s', address => expect(isPublicAddress(address)).toBe(true))
})

describe('a look-up for a connection', () => {
  const lookUp = (...addresses: string[]) =>
    new Promise((resolve, reject) =>
      createLookupPublic(answering(...addresses))('push.example.com', { all: true }, (error, found) =>
        error ? reject(error) : resolve(found),
      ),
    )

  test('finds the public addresses of a name and leaves out the others', async () => {
    expect(await lookUp('10.0.0.1', '8.8.8.8')).toEqual([{ address: '8.8.8.8', family: 4 }])
  })

  test('fails for a name that leads inside only', async () => {
    await expect(lookUp('10.0.0.1', '::1')).rejects.toMatchObject({ code: 'ERR_INSIDE_ADDRESS' })
  })
})

/** Leads every name to these addresses. */
const answering =
  (...addresses: string[]): ResolveName =>
  async () =>
    addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 }))

/** Starts a name server that answers for one name only, with 8.8.8.8, and counts the names that it was asked for. */
async function startNameServer(known: string) {
  const asked = new Set<string>()
  const server = createSocket('udp4')
  server.on('message', (question, { port, address }) => {
    const end = question.indexOf(0, 12) + 5
    const name = question
      .subarray(12, end - 5)
      .toString('latin1')
      .replace(/[^\w-]/g, '.')
      .slice(1)
    asked.add(name)
    if (name !== known || question.readUInt16BE(end - 4) !== 1) return
    const header = Buffer.from([0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0])
    const answer = Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 8, 8, 8, 8])
    server.send(
      Buffer.concat([question.subarray(0, 2), header, question.subarray(12, end), answer]),
      port,
      address,
    )
  })
  server.bind(0, '127.0.0.1')
  await once(server, 'listening')
  return { address: `127.0.0.1:${server.address().port}`, asked, close: () => server.close() }
}

describe('names that no name server answers for', () => {
  test('are all asked for at once, and given up', async () => {
    const nameServer = await startNameServer('fcm.googleapis.com')
    const lookUp = createLookupPublic(askNameServers([nameServer.address]))
    const codeOf = (name: string) =>
      new Promise(resolve => lookUp(name, { all: true }, error => resolve(error?.code)))
    const silent = upTo(60).map(number => codeOf(`push-${number}.example.com`))
    // Node's own look-up would ask for two of them at once, for 10 s.
    expect(await codeOf('fcm.googleapis.com')).toBeUndefined()
    expect(new Set(await Promise.all(silent))).toEqual(new Set(['ETIMEOUT']))
    expect(nameServer.asked.size).toBe(61)
    expect(classifyResponse({ kind: 'broken', code: 'ETIMEOUT' })).toMatchObject({ delivered: 'no' })
    nameServer.close()
  })
})

describe('a push service at a public name that leads to this machine', () => {
  // What the name server of an attacker answers after the registration.
  it('is never connected to', async ({ world }) => {
    const { endpoint } = JSON.parse(world.browser(1).token)
    const { port } = new URL(endpoint)
    const service = createPushService(`https://push.example.com:${port}`, {
      settings: { endpointHosts: [], ca: world.config.ca },
      build: push => buildPush(push, world.config, Date.now()),
      reports: noReports,
      clock: Date.now,
      ask: answering('127.0.0.1', '::1'),
    })
    const token = subscription(1, `https://push.example.com:${port}/push/1`)
    const answer = await service.send(ringOf(browser(1, { token })), commit)
    expect(answer).toEqual({ kind: 'broken', code: 'ERR_INSIDE_ADDRESS' })
    expect(classifyResponse(answer as WebPushAnswer)).toMatchObject({
      kind: 'rejected',
      why: 'endpoint-not-public',
    })
    expect(world.pushService.connectionsTotal).toBe(0)
    await service.close()
  })
})

describe('a sender', () => {
  it.for<[string, string]>([
    ['an address', 'https://127.0.0.1:PORT/push/1'],
    ['an address on the usual port', 'https://127.0.0.1/push/1'],
    ['localhost', 'https://localhost:PORT/push/1'],
    ['another port', 'https://push.example.com:PORT/push/1'],
    ['plain http', 'http://push.example.com/push/1'],
  ])('does not connect to a stored endpoint at %s', async ([, endpoint]) => {
    const sockets: unknown[] = []
    const server = createServer(socket => void sockets.push(socket.destroy()))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as { port: number }
    const world = await startWebPushWorld({ config: { endpointHosts: [] } })
    const token = subscription(1, endpoint.replace('PORT', String(port)))
    expect(await world.sender.send(ringOf(browser(1, { token })), commit)).toMatchObject({
      kind: 'rejected',
      why: 'endpoint-not-public',
      aboutToken: true,
    })
    expect(sockets).toEqual([])
    server.close()
    await world.close()
  })

  it('that has closed sends nothing to a push service that it did not know before', async ({ world }) => {
    await world.sender.close()
    expect(await world.sendTo(1)).toMatchObject({
      kind: 'retryable',
      reason: 'the worker is closing',
    })
    expect(world.pushService.connectionsTotal).toBe(0)
  })

  it.for<[string, (number: number) => string]>([
    ['many servers', number => `https://push-${number}.example.com/`],
    ['one server', number => `https://attacker.example.com/${number}`],
    ['servers of Apple that are not for browsers', number => `https://${number}-courier.push.apple.com/`],
  ])('keeps room for other pushes when many stay unanswered, at %s', async ([, endpointOf]) => {
    let endSilence = (_reason: Error) => {}
    const silence = new Promise<never>((_resolve, reject) => {
      endSilence = reject
    })
    const world = await startWebPushWorld({ ask: () => silence })
    const ofAttacker = (number: number) =>
      browser(number, { token: subscription(number % 250, endpointOf(number)) })
    const all = upTo(600).map(number => world.sender.send(ringOf(ofAttacker(number)), commit))
    expect(await world.sendTo(1)).toMatchObject({ kind: 'accepted' })
    expect(world.sender.hasRoom(world.browser(2))).toBe(true)
    expect(world.sender.hasRoom(ofAttacker(1))).toBe(false)
    endSilence(Object.assign(new Error('no answer'), { code: 'ETIMEOUT' }))
    const refused = (await Promise.all(all)).filter(({ reason }) => reason?.includes('unknown push services'))
    expect(refused).toHaveLength(400)
    expect(refused[0]).toMatchObject({ kind: 'retryable', delivered: 'no', retryAfterMs: 5_000 })
    expect(world.sender.hasRoom(browser(1))).toBe(true)
    await world.close()
  })

  it('rings a browser while the push service of another one is out of reach', async ({ world }) => {
    const other = await startWebPushWorld()
    other.pushService.refuseConnections()
    const dead = other.browser(7)
    for (let count = 0; count < 6; count += 1) await world.sender.send(ringOf(dead), commit)
    expect(world.sender.isReachable()).toBe(true)
    expect(await world.sendTo(1)).toMatchObject({ kind: 'accepted' })
    await other.close()
  })
})
