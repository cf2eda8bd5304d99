import { createDriver } from '../load/create-driver.ts'
import type { RelayTraffic } from '../processes/relay.ts'
import type { Arrivals } from '../processes/sink.ts'
import { checkOnce } from '../report/check-once.ts'
import { median } from '../report/statistics.ts'
import { makeCalls } from '../stage/calls.ts'
import type { BenchProcess } from '../stage/start-bench-process.ts'
import type { BenchStage } from '../stage/start-bench-stage.ts'
import { storePhones } from '../stage/store-phones.ts'
import { untilQuiet } from '../stage/until-quiet.ts'
import type { Context, Section } from './section.ts'

const IN_FLIGHT = 50
/** BullMQ keeps about 10,000 events of each queue, at least three for each job. After that many calls the streams are full. */
const WARM_CALLS = { full: 4_000, quick: 4_000 }
const CALLS = { full: 2_000, quick: 1_000 }
const SINGLE_CALLS = { full: 200, quick: 60 }
/** How long to wait after a push before the next call of those that come one at a time: it is recorded meanwhile. */
const SINGLE_PAUSE_MS = 15
const DELAYED_CALLS = 15
/** How long each direction between the processes and Redis takes longer while round trips are counted, ms. */
const DELAY_MS = 50

const RINGER = 'Ringer'
const BARE = 'bare Fastify and BullMQ worker'
const FLIGHT = `${IN_FLIGHT} calls in flight`
const SINGLE = 'one call at a time'

export const redisCost: Section = {
  name: 'redis-cost',
  title: 'What a call costs Redis',
  method: `Each process talks to Redis through a relay of its own, which counts the commands (a script is one) and bytes that it sends. Each call rings one iPhone. Memory and keys are what ${CALLS.full} calls add after ${WARM_CALLS.full} others have filled BullMQ's event streams. Sequential round trips: the relays delay each direction by ${DELAY_MS} ms, and what this adds to the time from webhook to push is divided by a round trip's share of it. The other side is Fastify with one \`queue.add\`, and a bare BullMQ worker. It keeps its jobs, as Ringer does, but neither registers devices nor records what happened to a call.`,
  sides: [RINGER, BARE],
  cases: [FLIGHT, SINGLE],
  metrics: {
    'worker commands': { unit: 'per call' },
    'ingress commands': { unit: 'per call' },
    'bytes sent': { unit: 'kB per call' },
    memory: { unit: 'kB per call' },
    keys: { unit: 'per call' },
    'round trips': { unit: 'webhook to push' },
    'second attempts': { unit: '%' },
  },
  plots: ['worker commands', 'bytes sent', 'round trips'],
  ratios: {
    [`worker commands, ${FLIGHT}`]: turn =>
      turn.of(BARE, FLIGHT, 'worker commands') / turn.of(RINGER, FLIGHT, 'worker commands'),
    [`worker commands, ${SINGLE}`]: turn =>
      turn.of(BARE, SINGLE, 'worker commands') / turn.of(RINGER, SINGLE, 'worker commands'),
    'round trips': turn => turn.of(BARE, SINGLE, 'round trips') / turn.of(RINGER, SINGLE, 'round trips'),
    'bytes sent': turn => turn.of(BARE, FLIGHT, 'bytes sent') / turn.of(RINGER, FLIGHT, 'bytes sent'),
    memory: turn => turn.of(BARE, FLIGHT, 'memory') / turn.of(RINGER, FLIGHT, 'memory'),
  },
  figures: {
    [`worker commands per call to one iPhone, ${FLIGHT}`]: {
      ...{ unit: '', atMost: 4 },
      of: turn => turn.of(RINGER, FLIGHT, 'worker commands'),
    },
    [`worker commands per call to one iPhone, ${SINGLE}`]: {
      ...{ unit: '', atMost: 9 },
      of: turn => turn.of(RINGER, SINGLE, 'worker commands'),
    },
    'sequential round trips from webhook to push': {
      ...{ unit: '', atMost: 5 },
      of: turn => turn.of(RINGER, SINGLE, 'round trips'),
    },
    'Redis memory per call to one phone': {
      ...{ unit: 'kB', atMost: 3.5 },
      of: turn => turn.of(RINGER, FLIGHT, 'memory'),
    },
    'bytes sent to Redis per call': {
      ...{ unit: 'kB', atMost: 4.5 },
      of: turn => turn.of(RINGER, FLIGHT, 'bytes sent'),
    },
  },
  measure: async (side, context) => {
    const counted = await countTraffic(side, context)
    const near = await measureLatency(side, 0, context)
    const far = await measureLatency(side, DELAY_MS, context)
    const roundTrips = (far.latencyMs - near.latencyMs) / (far.roundTripMs - near.roundTripMs)
    return { ...counted, [SINGLE]: { ...counted[SINGLE], 'round trips': roundTrips } }
  },
}

type RelayProcess = BenchProcess<{ port: number }>

/** Starts a server and a worker, each behind a relay of its own. */
async function startBehindRelays(side: string, stage: BenchStage, delayMs: number) {
  const { redis, startRelay } = stage
  const relayed = { port: redis.port, delayMs, counts: true }
  const [serverRelay, workerRelay] = await Promise.all([
    startRelay('relay of the server', relayed),
    startRelay('relay of the worker', relayed),
  ])
  const urlOf = (relay: RelayProcess) => `redis://127.0.0.1:${relay.ready.port}`
  const starting =
    side === RINGER
      ? ([
          stage.startIngress(urlOf(serverRelay)),
          stage.startWorker({ redisUrl: urlOf(workerRelay) }),
        ] as const)
      : ([
          stage.startBareServer('fastify', urlOf(serverRelay)),
          stage.startBareWorker(urlOf(workerRelay)),
        ] as const)
  const [server, worker] = await Promise.all(starting)
  await storePhones(stage)
  return {
    serverRelay,
    workerRelay,
    worker,
    workerUrl: urlOf(workerRelay),
    driver: await createDriver(server.ready.url, stage.sink),
  }
}

/** Counts what calls send, and what they leave behind. */
async function countTraffic(
  side: string,
  { openStage, isQuick }: Context,
): Promise<Record<string, Record<string, number>>> {
  const size = isQuick ? 'quick' : 'full'
  return openStage(async stage => {
    const { serverRelay, workerRelay, worker, driver } = await startBehindRelays(side, stage, 0)
    const { sink, stats } = stage

    async function count(batch: string, calls: number, inFlight: number, pauseMs: number) {
      const made = makeCalls(batch, calls)
      const before = await readTraffic(serverRelay, workerRelay)
      const [memory, keys] = [await stats.memoryBytes(), await stats.keys()]
      await driver.drive(made, inFlight, pauseMs)
      await untilQuiet(worker)
      const after = await readTraffic(serverRelay, workerRelay)
      const arrivals = await sink.ask<Arrivals>('take')
      checkOnce(made, arrivals)
      return {
        'worker commands': (after.worker.commands - before.worker.commands) / calls,
        'ingress commands': (after.server.commands - before.server.commands) / calls,
        'bytes sent':
          (after.worker.bytes + after.server.bytes - before.worker.bytes - before.server.bytes) /
          calls /
          1_000,
        memory: ((await stats.memoryBytes()) - memory) / calls / 1_000,
        keys: ((await stats.keys()) - keys) / calls,
        'second attempts': (arrivals.repeats / calls) * 100,
      }
    }

    await count('warm', WARM_CALLS[size], IN_FLIGHT, 0)
    const inFlight = await count('flight', CALLS[size], IN_FLIGHT, 0)
    const { memory: _memory, ...single } = await count('single', SINGLE_CALLS[size], 1, SINGLE_PAUSE_MS)
    driver.close()
    return { [FLIGHT]: inFlight, [SINGLE]: single }
  })
}

async function readTraffic(server: RelayProcess, worker: RelayProcess) {
  const [ofServer, ofWorker] = await Promise.all([
    server.ask<RelayTraffic>('traffic'),
    worker.ask<RelayTraffic>('traffic'),
  ])
  return { server: ofServer, worker: ofWorker }
}

/** Measures the median time from webhook to push, and that of a round trip to Redis, both in ms. */
async function measureLatency(side: string, delayMs: number, { openStage }: Context) {
  return openStage(async stage => {
    const { driver, workerUrl } = await startBehindRelays(side, stage, delayMs)
    await driver.drive(makeCalls('warm', 5), 1, 20)
    const latencies = await driver.drive(makeCalls('measured', DELAYED_CALLS), 1, 20 * (delayMs + 1))
    driver.close()
    const calls = [...makeCalls('warm', 5), ...makeCalls('measured', DELAYED_CALLS)]
    checkOnce(calls, await stage.sink.ask<Arrivals>('take'))
    return { latencyMs: median(latencies), roundTripMs: await stage.measureRoundTrip(workerUrl) }
  })
}
