import { setTimeout as pause } from 'node:timers/promises'
import type { RelayTraffic } from '../processes/relay.ts'
import type { Context, Section } from './section.ts'

const RINGER = 'Ringer'
const BARE = 'bare BullMQ worker'
const CASE = 'idle'
const SECONDS = { full: 30, quick: 10 }
/** How long a worker may take to become quiet after its start. */
const SETTLE_MS = 3_000

export const idle: Section = {
  name: 'idle',
  title: 'Idle cost of a worker',
  method: `A worker without any call, watched for ${SECONDS.full} s. A relay in front of Redis counts the commands that it sends.`,
  sides: [RINGER, BARE],
  cases: [CASE],
  metrics: {
    commands: { unit: '/s' },
    bytes: { unit: 'B/s' },
    'worker CPU': { unit: 'ms/s' },
    'Redis CPU': { unit: 'ms/s' },
  },
  plots: ['commands'],
  ratios: { commands: turn => turn.of(BARE, CASE, 'commands') / turn.of(RINGER, CASE, 'commands') },
  figures: {
    'commands of an idle worker': {
      ...{ unit: '/s', atMost: 3 },
      of: turn => turn.of(RINGER, CASE, 'commands'),
    },
  },
  measure: (side, context) => watch(side, context),
}

async function watch(side: string, { openStage, isQuick }: Context) {
  return openStage(async stage => {
    const relay = await stage.startRelay('relay', { port: stage.redis.port, delayMs: 0, counts: true })
    const redisUrl = `redis://127.0.0.1:${relay.ready.port}`
    const worker = await (side === RINGER ? stage.startWorker({ redisUrl }) : stage.startBareWorker(redisUrl))
    await pause(SETTLE_MS)
    const seconds = isQuick ? SECONDS.quick : SECONDS.full
    const before = await relay.ask<RelayTraffic>('traffic')
    const [workerMs, redisMs] = [worker.use().cpuMs, stage.stats.cpuMs()]
    await pause(seconds * 1_000)
    const after = await relay.ask<RelayTraffic>('traffic')
    return {
      [CASE]: {
        commands: (after.commands - before.commands) / seconds,
        bytes: (after.bytes - before.bytes) / seconds,
        'worker CPU': (worker.use().cpuMs - workerMs) / seconds,
        'Redis CPU': (stage.stats.cpuMs() - redisMs) / seconds,
      },
    }
  })
}
