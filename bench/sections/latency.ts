import { setTimeout as pause } from 'node:timers/promises'
import type { LoadResult, OpenLoop } from '../processes/load.ts'
import type { Arrivals } from '../processes/sink.ts'
import { checkAnswers } from '../report/check-answers.ts'
import { checkOnce } from '../report/check-once.ts'
import { percentile } from '../report/statistics.ts'
import { type BenchCall, makeCalls } from '../stage/calls.ts'
import type { BenchStage } from '../stage/start-bench-stage.ts'
import { storePhones } from '../stage/store-phones.ts'
import type { Context, Section } from './section.ts'

const RATES = [1, 20, 100]
const SECONDS = { full: 10, quick: 4 }
/** As many as before the pipeline is measured: V8 compiles what runs often, and a worker in production has run for days. */
const WARM = { calls: 1_000, perSecond: 100 }
/** How far away the provider is in the second half: half of a round trip in each direction, ms. */
const AWAY_MS = 80
/** How long a worker may take to settle what it has pushed, before the next rate. */
const SETTLE_MS = 300

const RINGER = 'Ringer'
const DIRECT = 'direct provider.send'
const QUEUE = 'bare BullMQ queue'
const RECIPE = 'Express recipe'

/** The provider is near, and each user has one phone; or it is 80 ms away, and each user has two. */
type Distance = 'near' | 'far'

const PHONES: Record<Distance, number> = { near: 1, far: 2 }
const casesAt: Record<Distance, string[]> = {
  near: RATES.map(rate => `${rate}/s`),
  far: RATES.map(rate => `${rate}/s, ${AWAY_MS} ms away`),
}
const distancesOf: Record<string, Distance[]> = {
  [RINGER]: ['near', 'far'],
  [DIRECT]: ['near'],
  [QUEUE]: ['near'],
  [RECIPE]: ['far'],
}

export const latency: Section = {
  name: 'latency',
  title: 'Ring latency: webhook to push',
  method: `The time from a webhook's last byte to the push's first byte at the stand-in for APNs. Webhooks arrive in an open loop, at fixed intervals whatever the answers do. First, the stand-in is near and each user has one iPhone: Ringer beside a bare HTTP handler that calls node-apn's \`provider.send\` at once, and beside Fastify with one \`queue.add\` and a bare BullMQ worker. Then it is ${AWAY_MS} ms away (a round trip) and each user has two iPhones: Ringer beside an Express server that answers after it has awaited one push after the other. ${WARM.calls} calls come before. At 1/s the p99 is the highest of ten.`,
  sides: [RINGER, DIRECT, QUEUE, RECIPE],
  cases: [...casesAt.near, ...casesAt.far],
  metrics: {
    p50: { unit: 'ms' },
    p99: { unit: 'ms' },
    'last phone p50': { unit: 'ms' },
    'last phone p99': { unit: 'ms' },
    'answer p50': { unit: 'ms' },
    'answer p99': { unit: 'ms' },
    'second attempts': { unit: '%' },
  },
  plots: ['p50', 'p99', 'last phone p50', 'answer p50'],
  // The p99 of so few calls varies too much for a check.
  ratios: {
    ...Object.fromEntries(
      casesAt.near.map(name => [
        `p50, ${name}, against a direct send`,
        turn => turn.of(DIRECT, name, 'p50') / turn.of(RINGER, name, 'p50'),
      ]),
    ),
    ...Object.fromEntries(
      casesAt.far.map(name => [
        `last phone p50, ${name}, against the recipe`,
        turn => turn.of(RECIPE, name, 'last phone p50') / turn.of(RINGER, name, 'last phone p50'),
      ]),
    ),
  },
  figures: {
    'ring latency over a direct send at 20/s, p50': {
      ...{ unit: 'ms', atMost: 2.5 },
      of: turn => turn.of(RINGER, '20/s', 'p50') - turn.of(DIRECT, '20/s', 'p50'),
    },
    'ring latency over a direct send at 20/s, p99': {
      ...{ unit: 'ms', atMost: 5 },
      of: turn => turn.of(RINGER, '20/s', 'p99') - turn.of(DIRECT, '20/s', 'p99'),
    },
  },
  async measure(side, context) {
    const results: Record<string, Record<string, number>> = {}
    for (const distance of distancesOf[side] ?? []) {
      Object.assign(results, await measureAt(side, distance, context))
    }
    return results
  },
}

async function measureAt(side: string, distance: Distance, { openStage, isQuick }: Context) {
  return openStage(async stage => {
    const phones = PHONES[distance]
    const url = await startSide(side, distance, stage)
    const load = await stage.startLoad(url)

    async function measureRate(loop: OpenLoop) {
      const calls = makeCalls(loop.batch, loop.calls, phones)
      const result = await load.ask<LoadResult>('open', loop)
      checkAnswers(side, result.statuses)
      await stage.sink.ask('wait', calls.length * phones)
      await pause(SETTLE_MS)
      const arrivals = await stage.sink.ask<Arrivals>('take')
      checkOnce(calls, arrivals)
      return describe(calls, result, arrivals, phones)
    }

    await measureRate({ batch: 'warm', ...WARM })
    const results: Record<string, Record<string, number>> = {}
    for (const [index, perSecond] of RATES.entries()) {
      const calls = perSecond * SECONDS[isQuick ? 'quick' : 'full']
      const name = casesAt[distance][index] ?? ''
      results[name] = await measureRate({ batch: `at-${perSecond}`, calls, perSecond })
    }
    return results
  })
}

async function startSide(side: string, distance: Distance, stage: BenchStage): Promise<string> {
  const { apnsPort: port } = stage.sink.ready
  const relay =
    distance === 'far' && (await stage.startRelay('relay', { port, delayMs: AWAY_MS / 2, counts: false }))
  const apnsPort = relay ? relay.ready.port : port
  const phones = PHONES[distance]
  if (side === QUEUE) {
    const [server] = await Promise.all([stage.startBareServer('fastify'), stage.startBareWorker()])
    return server.ready.url
  }
  if (side !== RINGER) {
    const path = side === DIRECT ? 'handler' : 'recipe'
    const server = await stage.startDirect(path, { apns: stage.bareApns(apnsPort), phones })
    return server.ready.url
  }
  await storePhones(stage, phones)
  const [ingress] = await Promise.all([stage.startIngress(), stage.startWorker({ apnsPort })])
  return ingress.ready.url
}

/** Computes how long the pushes to the first and to the last phone of each call took, and the answers. */
function describe(
  calls: readonly BenchCall[],
  { sentAt, answeredAt }: LoadResult,
  arrivals: Arrivals,
  phones: number,
) {
  const first = new Map<string, number>()
  const last = new Map<string, number>()
  for (const [index, session] of arrivals.sessions.entries()) {
    const at = arrivals.at[index] ?? Number.NaN
    first.set(session, Math.min(at, first.get(session) ?? at))
    last.set(session, Math.max(at, last.get(session) ?? at))
  }
  const since = (map: ReadonlyMap<string, number>) =>
    calls.map(({ sessionId }, index) => (map.get(sessionId) ?? Number.NaN) - (sentAt[index] ?? Number.NaN))
  const answers = answeredAt.map((at, index) => at - (sentAt[index] ?? at))
  return {
    p50: percentile(since(first), 50),
    p99: percentile(since(first), 99),
    ...(phones > 1 && {
      'last phone p50': percentile(since(last), 50),
      'last phone p99': percentile(since(last), 99),
    }),
    'answer p50': percentile(answers, 50),
    'answer p99': percentile(answers, 99),
    'second attempts': (arrivals.repeats / calls.length / phones) * 100,
  }
}
