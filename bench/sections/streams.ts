import { setTimeout as pause } from 'node:timers/promises'
import { createStateUrls } from '@ringer/payloads'
import {
  connectPatient,
  createCallRecords,
  createDeviceRegistry,
  createKeys,
  type Offers,
} from '@ringer/store'
import { ringEvent } from '../../packages/payloads/test/ring-events.ts'
import { monotonicMs } from '../processes/clock.ts'
import { percentile } from '../report/statistics.ts'
import { APP_ID, RING_MS } from '../stage/calls.ts'
import { openStreams } from '../stage/open-streams.ts'
import type { BenchStage } from '../stage/start-bench-stage.ts'
import type { Context, Section } from './section.ts'

const RINGER = 'Ringer'
const STREAMS = { full: 5_000, quick: 500 }
const ENDS = { full: 300, quick: 50 }
const CASE = 'open streams'
const STATE_SECRET = 'kestrel-harbour-lantern-4711-brisk'
/** How long the ingress has to become quiet after the streams were opened. */
const SETTLE_MS = 2_000

export const streams: Section = {
  name: 'streams',
  title: 'Streams of state',
  method: `One ingress with ${STREAMS.full.toLocaleString('en')} open streams, each of a ring of its own. Then ${ENDS.full} calls end one after the other; the time runs from the moment before the script that writes the end until the event has arrived. The memory is the highest resident, the sockets included.`,
  sides: [RINGER],
  cases: [CASE],
  metrics: {
    'memory before': { unit: 'MB' },
    'memory with them': { unit: 'MB' },
    'memory of a stream': { unit: 'kB' },
    'an end is told, median': { unit: 'ms' },
    'an end is told, 99 %': { unit: 'ms' },
  },
  plots: ['an end is told, 99 %'],
  ratios: {},
  figures: {
    'an end is told, 99 %': {
      ...{ unit: 'ms', atMost: 100 },
      of: turn => turn.of(RINGER, CASE, 'an end is told, 99 %'),
    },
    'memory of a stream': {
      ...{ unit: 'kB', atMost: 64 },
      of: turn => turn.of(RINGER, CASE, 'memory of a stream'),
    },
  },
  measure: (_side, context) => measure(context),
}

const measure = ({ openStage, isQuick }: Context) =>
  openStage(async stage => {
    const [count, ends] = isQuick ? [STREAMS.quick, ENDS.quick] : [STREAMS.full, ENDS.full]
    const ingress = await stage.startIngress(stage.redis.url, {
      RINGER_PUBLIC_URL: 'http://127.0.0.1',
      RINGER_STATE_SECRET: STATE_SECRET,
      MAX_CONNECTIONS: String(2 * count),
    })
    const redis = connectPatient({ kind: 'single', url: stage.redis.url })
    const calls = createCallRecords(redis, createKeys(stage.prefix))
    const rings = await claimRings(stage, redis, ingress.ready.url, count)
    const before = ingress.use().peakMb
    const open = await openStreams(rings.map(({ url }) => url))
    await pause(SETTLE_MS)
    const after = ingress.use().peakMb
    const took: number[] = []
    for (const { url, sessionId } of rings.slice(0, ends)) {
      const end = { kind: 'end', action: 'cancelled', sessionId } as const
      const startedAt = monotonicMs()
      const told = open.told(url, 'cancelled')
      await calls.end(`end-${sessionId}`, APP_ID, end, Date.now())
      await told
      took.push(monotonicMs() - startedAt)
    }
    open.close()
    redis.disconnect()
    return {
      [CASE]: {
        'memory before': before,
        'memory with them': after,
        'memory of a stream': ((after - before) * 1_024) / count,
        'an end is told, median': percentile(took, 50),
        'an end is told, 99 %': percentile(took, 99),
      },
    }
  })

const offers: Offers = {
  platforms: { ios: {} },
  otherwise: { why: 'provider-not-configured', skip: '' },
}

/** Rings an iPhone of each of so many users. Returns their sessions and their state URLs at this ingress. */
async function claimRings(
  { prefix }: BenchStage,
  redis: ReturnType<typeof connectPatient>,
  publicUrl: string,
  count: number,
) {
  const keys = createKeys(prefix)
  const [calls, devices] = [createCallRecords(redis, keys), createDeviceRegistry(redis, keys)]
  const urls = createStateUrls({ publicUrl, secrets: [STATE_SECRET] })
  const rings: { sessionId: string; url: string }[] = []
  for (let index = 0; index < count; index += 1) {
    const [recipient, sessionId] = [`user-${index}`, `v1.bench.streams.${index}`]
    const receivedAt = Date.now()
    const phone = { appId: APP_ID, uid: recipient, platform: 'ios', kind: 'voip' as const, token: recipient }
    const { deviceId } = await devices.register(phone, receivedAt)
    const event = ringEvent({ sessionId, recipient, sentAt: receivedAt })
    const times = { receivedAt, dequeuedAt: receivedAt, deadline: receivedAt + RING_MS }
    const { ringId } = await calls.claim(`job-${index}`, { appId: APP_ID, event, ...times }, offers)
    rings.push({ sessionId, url: urls.urlOf({ ringId, deviceId }) })
  }
  return rings
}
