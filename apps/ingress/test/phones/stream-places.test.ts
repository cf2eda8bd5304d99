import { describe, expect } from 'vitest'
import type { StartedIngress } from '../start-ingress.ts'
import { it, openStream, type RingOptions, type Stage } from './phone-stage.ts'

// A registered user whom an accomplice calls all the time gets URLs by the thousand. Each is good for a stream.

describe('streams of state make room for the next ones, and none is refused:', () => {
  // Those that had to leave before they had begun stayed open, and nobody counted them.
  it('of one URL, two are open at once, also if many are asked for at the same time', async ({ stage }) => {
    const ingress = await stage.startIngress()
    const { path } = await stage.ring()
    const all = await Promise.all(Array.from({ length: 10 }, () => openStream(`${ingress.url}${path}`)))
    await expect.poll(() => openStreams(ingress)).toBe(2)
    let ended = 0
    for (const stream of all) void stream.ended.then(() => (ended += 1))
    await expect.poll(() => ended).toBe(8)
    expect(all.map(({ states }) => states().length)).toEqual(Array(10).fill(1))
  })

  it('of one phone, six are open at once, in however many calls', async ({ stage }) => {
    const ingress = await stage.startIngress({ trustProxy: 1 })
    const { oldest } = await openAll(ingress, await ringOften(stage, 7, () => ({})))
    await expect.poll(() => openStreams(ingress)).toBe(6 + 1)
    expect(await oldest?.ended).toBe('ended')
  })

  it('of one user, sixty are open at once, on however many phones', async ({ stage }) => {
    const ingress = await stage.startIngress({ trustProxy: 1 })
    const phones = await ringOften(stage, 61, index => ({ token: `phone-${index}` }))
    const { oldest } = await openAll(ingress, phones)
    await expect.poll(() => openStreams(ingress)).toBe(60 + 1)
    expect(await oldest?.ended).toBe('ended')
  })

  it('of one address, a quarter of all streams are open at once', async ({ stage }) => {
    const ingress = await stage.startIngress({ maxConnections: 80, trustProxy: 1 })
    const phones = await ringOften(stage, 11, index => ({ recipient: `bob-${index}` }))
    const { oldest } = await openAll(ingress, phones)
    await expect.poll(() => openStreams(ingress)).toBe(10 + 1)
    expect(await oldest?.ended).toBe('ended')
  })
})

/** Opens a stream of somebody else, then one of each phone, all of them at another address. Returns the first of those. */
async function openAll(ingress: StartedIngress, { phones, other }: Awaited<ReturnType<typeof ringOften>>) {
  const kept = await openStream(`${ingress.url}${other.path}`, from(1))
  const streams = []
  for (const { path } of phones) streams.push(await openStream(`${ingress.url}${path}`, from(2)))
  expect(new Set(streams.map(({ status }) => status))).toEqual(new Set([200]))
  await expect.poll(() => kept.states().length).toBe(1)
  expect(await Promise.race([kept.ended, 'open'])).toBe('open')
  return { oldest: streams[0] }
}

/** Rings so many times, each time in another call, and somebody else once. */
async function ringOften(stage: Stage, times: number, of: (index: number) => RingOptions) {
  const phones = []
  for (let index = 0; index < times; index += 1)
    phones.push(await stage.ring({ ...of(index), event: { sessionId: `v1.eu.call-${index}` } }))
  return { phones, other: await stage.ring({ recipient: 'carol' }) }
}

const from = (client: number) => ({ 'x-forwarded-for': `203.0.113.${client}` })

async function openStreams(ingress: StartedIngress) {
  return Number(/^ringer_state_streams (\d+)$/m.exec(await ingress.metrics())?.[1])
}
