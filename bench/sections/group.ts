import { buildRequest, requestOf } from '../load/build-request.ts'
import { createConnections } from '../load/create-connections.ts'
import type { Arrivals } from '../processes/sink.ts'
import { checkOnce } from '../report/check-once.ts'
import { makeCalls, users } from '../stage/calls.ts'
import { GROUP, groupPhones, groupWebhookOf, twoPhonesOf } from '../stage/group-call.ts'
import type { BenchProcess } from '../stage/start-bench-process.ts'
import type { BenchStage } from '../stage/start-bench-stage.ts'
import { storeDevices } from '../stage/store-phones.ts'
import { untilQuiet } from '../stage/until-quiet.ts'
import type { Context, Section } from './section.ts'

const WARM_CALLS = 20

const RINGER = 'Ringer'
const BARE = 'bare process'
const CASE = '1,000 members'

export const group: Section = {
  name: 'group',
  title: 'A group of 1,000 members',
  method: `One webhook calls a group of 1,000 members with an iPhone and an Android phone each: 2,000 pushes, by one worker. Times run from the webhook's last byte to the first and to the last push's first byte. Ringer asks a stand-in for CometChat's REST API for the members, in pages of 100, and reads their phones from Redis. The bare process has all tokens in memory: it gives them to node-apn and firebase-admin at once, and records nothing. ${WARM_CALLS} calls to single users come before, so that connections are open. Memory is the highest resident size (VmHWM) of the process that sends.`,
  sides: [RINGER, BARE],
  cases: [CASE],
  metrics: {
    'first push': { unit: 'ms' },
    'last push': { unit: 'ms' },
    'peak memory': { unit: 'MB' },
    'sender CPU': { unit: 'ms' },
    'Redis CPU': { unit: 'ms' },
    'second attempts': { unit: '%' },
  },
  plots: ['first push', 'last push', 'peak memory'],
  ratios: Object.fromEntries(
    ['first push', 'last push', 'peak memory'].map(metric => [
      metric,
      turn => turn.of(BARE, CASE, metric) / turn.of(RINGER, CASE, metric),
    ]),
  ),
  figures: {
    'first push against the bare process': {
      ...{ unit: '×', atMost: 3 },
      of: turn => turn.of(RINGER, CASE, 'first push') / turn.of(BARE, CASE, 'first push'),
    },
    'last push against the bare process': {
      ...{ unit: '×', atMost: 2 },
      of: turn => turn.of(RINGER, CASE, 'last push') / turn.of(BARE, CASE, 'last push'),
    },
    "worker's peak memory": {
      ...{ unit: 'MB', atMost: 200 },
      of: turn => turn.of(RINGER, CASE, 'peak memory'),
    },
  },
  measure: (side, context) => measureGroup(side, context),
}

async function measureGroup(side: string, { openStage }: Context) {
  return openStage(async stage => {
    const { sink, stats } = stage
    const { url, sender } = await (side === RINGER ? startRinger(stage) : startBare(stage))
    const connections = createConnections(url)

    async function call(request: Buffer, pushes: number) {
      const { status, sentAt } = await connections.send(request)
      if (status !== 200) throw new Error(`${side}: a webhook was answered with ${status}`)
      await sink.ask('wait', pushes)
      return sentAt
    }

    const warming = makeCalls('warm', WARM_CALLS).map(made => ({ ...made, phones: twoPhonesOf(made.uid) }))
    for (const [index, made] of warming.entries()) await call(buildRequest(made), 2 * (index + 1))
    await untilQuiet(sender)
    checkOnce(warming, await sink.ask<Arrivals>('take'))

    const everybody = { sessionId: 'v1.bench.group.0', phones: users.flatMap(twoPhonesOf) }
    const [cpuMs, redisMs] = [sender.use().cpuMs, stats.cpuMs()]
    const request = requestOf(groupWebhookOf(everybody.sessionId, Date.now()))
    const sentAt = await call(request, everybody.phones.length)
    await untilQuiet(sender)
    const arrivals = await sink.ask<Arrivals>('take')
    checkOnce([everybody], arrivals)
    connections.close()
    return {
      [CASE]: {
        'first push': Math.min(...arrivals.at) - sentAt,
        'last push': Math.max(...arrivals.at) - sentAt,
        'peak memory': sender.use().peakMb,
        'sender CPU': sender.use().cpuMs - cpuMs,
        'Redis CPU': stats.cpuMs() - redisMs,
        'second attempts': (arrivals.repeats / everybody.phones.length) * 100,
      },
    }
  })
}

interface Started {
  url: string
  /** The process that sends the pushes. */
  sender: BenchProcess
}

async function startRinger(stage: BenchStage): Promise<Started> {
  await storeDevices(stage, groupPhones())
  const cometchat = await stage.startCometChat({ group: GROUP, members: [...users] })
  const { url, apiKey } = cometchat.ready
  const [ingress, sender] = await Promise.all([
    stage.startIngress(),
    stage.startWorker({ more: { COMETCHAT_API_URL: url, COMETCHAT_API_KEY: apiKey } }),
  ])
  return { url: ingress.ready.url, sender }
}

async function startBare(stage: BenchStage): Promise<Started> {
  const sender = await stage.startBareGroup({ apns: stage.bareApns(), fcmPort: stage.sink.ready.fcmPort })
  return { url: sender.ready.url, sender }
}
