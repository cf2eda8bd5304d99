import type { ClosedLoop, LoadResult } from '../processes/load.ts'
import type { Arrivals } from '../processes/sink.ts'
import { checkAnswers } from '../report/check-answers.ts'
import { checkOnce } from '../report/check-once.ts'
import { percentile } from '../report/statistics.ts'
import { makeCalls } from '../stage/calls.ts'
import type { BenchProcess } from '../stage/start-bench-process.ts'
import type { BenchStage } from '../stage/start-bench-stage.ts'
import { storePhones } from '../stage/store-phones.ts'
import type { Context, Section } from './section.ts'

const CONNECTIONS = [1, 20, 100]
const WARM_CALLS = 500
const CALLS = {
  full: { few: 1_500, many: 5_000 },
  quick: { few: 500, many: 1_500 },
}

const RINGER = 'Ringer'
const FASTIFY = 'bare Fastify'
const EXPRESS = 'Express 5'

const startServer = {
  [RINGER]: (stage: BenchStage): Promise<BenchProcess<{ url: string }>> => stage.startIngress(),
  [FASTIFY]: (stage: BenchStage) => stage.startBareServer('fastify'),
  [EXPRESS]: (stage: BenchStage) => stage.startBareServer('express'),
}

const over = (count: number) => `${count} connection${count === 1 ? '' : 's'}`
const [one, twenty, hundred] = [over(1), over(20), over(100)]

export const ingress: Section = {
  name: 'ingress',
  title: 'Ingress: webhooks taken',
  method: `Each connection sends the next webhook when the last one was answered. Every webhook is a call of its own, signed with HMAC-SHA256. The bare servers check the same signature and answer after one \`queue.add\`: they check no field, recognise no repeated webhook, and write no log or metrics. Afterwards a worker of the same side pushes all the calls, and each must be pushed once. CPU time is the server's, per request.`,
  sides: [RINGER, FASTIFY, EXPRESS],
  cases: [one, twenty, hundred],
  metrics: {
    'requests/s': { unit: '' },
    p50: { unit: 'ms' },
    p99: { unit: 'ms' },
    CPU: { unit: 'ms' },
    'Redis CPU': { unit: 'ms' },
  },
  plots: ['requests/s', 'p50', 'p99', 'CPU'],
  ratios: Object.fromEntries(
    CONNECTIONS.map(over).flatMap(name => [
      [
        `requests/s, ${name}, against Fastify`,
        turn => turn.of(RINGER, name, 'requests/s') / turn.of(FASTIFY, name, 'requests/s'),
      ],
      [
        `requests/s, ${name}, against Express`,
        turn => turn.of(RINGER, name, 'requests/s') / turn.of(EXPRESS, name, 'requests/s'),
      ],
    ]),
  ),
  figures: Object.fromEntries(
    [twenty, hundred].map(name => [
      `ingress against bare Fastify, ${name}`,
      {
        ...{ unit: '×', atLeast: 0.8 },
        of: turn => turn.of(RINGER, name, 'requests/s') / turn.of(FASTIFY, name, 'requests/s'),
      },
    ]),
  ),
  measure: (side, context) => measureServer(side as keyof typeof startServer, context),
}

async function measureServer(side: keyof typeof startServer, { openStage, isQuick }: Context) {
  return openStage(async stage => {
    const { sink, stats } = stage
    const server = await startServer[side](stage)
    const load = await stage.startLoad(server.ready.url)
    await storePhones(stage)

    const measureLoop = async (loop: ClosedLoop) => {
      const [cpuMs, redisMs] = [server.use().cpuMs, stats.cpuMs()]
      const { sentAt, answeredAt, statuses } = await load.ask<LoadResult>('closed', loop)
      checkAnswers(side, statuses)
      const seconds = (Math.max(...answeredAt) - Math.min(...sentAt)) / 1_000
      const latencies = answeredAt.map((at, index) => at - (sentAt[index] ?? at))
      return {
        'requests/s': loop.calls / seconds,
        p50: percentile(latencies, 50),
        p99: percentile(latencies, 99),
        CPU: (server.use().cpuMs - cpuMs) / loop.calls,
        'Redis CPU': (stats.cpuMs() - redisMs) / loop.calls,
      }
    }

    const { few, many } = CALLS[isQuick ? 'quick' : 'full']
    const loops = CONNECTIONS.map(connections => ({
      ...{ connections, calls: connections === 1 ? few : many, batch: `over-${connections}` },
    }))
    const warming = { batch: 'warm', calls: WARM_CALLS, connections: 10 }
    await measureLoop(warming)
    const results: Record<string, Record<string, number>> = {}
    for (const loop of loops) results[over(loop.connections)] = await measureLoop(loop)

    const calls = [warming, ...loops].flatMap(loop => makeCalls(loop.batch, loop.calls))
    await (side === RINGER ? stage.startWorker() : stage.startBareWorker())
    await sink.ask('wait', calls.length)
    checkOnce(calls, await sink.ask<Arrivals>('take'))
    return results
  })
}
