import { monotonicMs } from '../processes/clock.ts'
import type { Arrivals } from '../processes/sink.ts'
import { checkOnce } from '../report/check-once.ts'
import { makeCalls } from '../stage/calls.ts'
import { fillBareQueue, fillRingerQueue } from '../stage/fill-queue.ts'
import type { BenchProcess } from '../stage/start-bench-process.ts'
import type { BenchStage } from '../stage/start-bench-stage.ts'
import { storePhones } from '../stage/store-phones.ts'
import { untilQuiet } from '../stage/until-quiet.ts'
import type { Context, Section } from './section.ts'

const WORKERS = [1, 2, 4]
const WARM_CALLS = 1_000
const CALLS = { full: 6_000, quick: 2_000 }

const sides = {
  Ringer: { fill: fillRingerQueue, startWorker: (stage: BenchStage) => stage.startWorker() },
  'bare BullMQ worker': { fill: fillBareQueue, startWorker: (stage: BenchStage) => stage.startBareWorker() },
}

const workersIn = (count: number) => `${count} worker${count === 1 ? '' : 's'}`

export const pipeline: Section = {
  name: 'pipeline',
  title: 'Pipeline: stored calls to pushes',
  method: `The queue is filled while the workers are stopped (SIGSTOP), after ${WARM_CALLS} calls that warm them up. The time runs from their start until the last push has arrived; each call rings one iPhone. The bare worker calls node-apn's \`provider.send\` for the same jobs, 100 at once, and keeps no records. CPU times are per call: of all workers together, of Redis, and of the stand-in for APNs, an HTTP/2 server that only answers 200. A second attempt is a push that is sent once more with the same id, because its answer took longer than a second.`,
  sides: Object.keys(sides),
  cases: WORKERS.map(workersIn),
  metrics: {
    'calls/s': { unit: '' },
    'worker CPU': { unit: 'ms' },
    'Redis CPU': { unit: 'ms' },
    'stand-in CPU': { unit: 'ms' },
    'second attempts': { unit: '%' },
  },
  plots: ['calls/s', 'worker CPU'],
  ratios: Object.fromEntries(
    WORKERS.map(workersIn).flatMap(name => [
      [
        `calls/s, ${name}`,
        turn => turn.of('Ringer', name, 'calls/s') / turn.of('bare BullMQ worker', name, 'calls/s'),
      ],
      [
        `worker CPU, ${name}`,
        turn => turn.of('bare BullMQ worker', name, 'worker CPU') / turn.of('Ringer', name, 'worker CPU'),
      ],
    ]),
  ),
  figures: {
    'pipeline against the floor, 1 worker': {
      ...{ unit: '×', atLeast: 0.75 },
      of: turn =>
        turn.of('Ringer', '1 worker', 'calls/s') / turn.of('bare BullMQ worker', '1 worker', 'calls/s'),
    },
    'worker CPU per call against the floor, 1 worker': {
      ...{ unit: '×', atMost: 1.6 },
      of: turn =>
        turn.of('Ringer', '1 worker', 'worker CPU') / turn.of('bare BullMQ worker', '1 worker', 'worker CPU'),
    },
  },
  async measure(side, context) {
    const results: Record<string, Record<string, number>> = {}
    for (const count of WORKERS) results[workersIn(count)] = await measureWorkers(side, count, context)
    return results
  },
}

async function measureWorkers(side: string, count: number, { openStage, isQuick }: Context) {
  const { fill, startWorker } = sides[side as keyof typeof sides]
  return openStage(async stage => {
    const { sink, stats } = stage
    await storePhones(stage)
    const workers = await Promise.all(Array.from({ length: count }, () => startWorker(stage)))
    const warming = makeCalls('warm', WARM_CALLS)
    await fill(stage, warming)
    await sink.ask('wait', warming.length)
    await untilQuiet(...workers)
    checkOnce(warming, await sink.ask<Arrivals>('take'))

    const calls = makeCalls('measured', isQuick ? CALLS.quick : CALLS.full)
    for (const worker of workers) worker.freeze()
    await fill(stage, calls)
    const usedBefore = usedBy(workers)
    const [redisBefore, sinkBefore] = [stats.cpuMs(), sink.use().cpuMs]
    const startedAt = monotonicMs()
    for (const worker of workers) worker.thaw()
    await sink.ask('wait', calls.length)
    await untilQuiet(...workers)
    const perCall = (ms: number) => ms / calls.length
    const use = {
      'worker CPU': perCall(usedBy(workers) - usedBefore),
      'Redis CPU': perCall(stats.cpuMs() - redisBefore),
      'stand-in CPU': perCall(sink.use().cpuMs - sinkBefore),
    }
    const arrivals = await sink.ask<Arrivals>('take')
    checkOnce(calls, arrivals)
    const seconds = (Math.max(...arrivals.at) - startedAt) / 1_000
    return {
      'calls/s': calls.length / seconds,
      ...use,
      'second attempts': (arrivals.repeats / calls.length) * 100,
    }
  })
}

const usedBy = (processes: readonly BenchProcess[]) =>
  processes.reduce((sum, process) => sum + process.use().cpuMs, 0)
