import { type Finding, fail, ok, type SetupCheck, skipped, warn } from '@ringer/service'
import type { Setup } from '../load-setup.ts'
import type { ReachResult } from '../network/ask-endpoint.ts'
import { endpointsOf } from './reach-checks.ts'

const WARN_MS = 2_000
const FAIL_MS = 15_000

/** The header `Date` has whole seconds. */
const DATE_RESOLUTION_MS = 1_000

/** Checks the clock of this machine against Redis's, which Ringer uses, and against those of the servers that send a `Date`. */
export function clockChecks(setup: Setup): SetupCheck[] {
  return [
    { name: 'clock: Redis', run: () => checkAgainstRedis(setup) },
    { name: 'clock: internet', run: () => checkAgainstServers(setup) },
  ]
}

async function checkAgainstRedis({ redis }: Setup): Promise<Finding> {
  const opened = await redis?.open()
  if (opened === undefined || typeof opened === 'string') return skipped('Redis cannot be reached')
  await opened.clock.measured
  return judge(opened.clock.offsetMs(), "Redis's")
}

async function checkAgainstServers(setup: Setup): Promise<Finding> {
  const offsets = await Promise.all(
    endpointsOf(setup).map(async endpoint => {
      const reach = await setup.ask(endpoint)
      const offsetMs = reach.kind === 'reached' ? offsetOf(reach.time) : undefined
      return offsetMs === undefined ? [] : [{ host: new URL(endpoint.url).host, offsetMs }]
    }),
  )
  const [worst] = offsets.flat().sort((a, b) => Math.abs(b.offsetMs) - Math.abs(a.offsetMs))
  return worst ? judge(worst.offsetMs, `that of ${worst.host}`) : skipped('no server told its time')
}

/**
 * How far this machine's clock is ahead of a server's, ms: the least that its `Date` allows, which it sent at some instant
 * between the question and the answer.
 */
function offsetOf(time: Extract<ReachResult, { kind: 'reached' }>['time']): number | undefined {
  if (!time) return undefined
  const least = time.askedAt - time.date - DATE_RESOLUTION_MS
  const most = time.answeredAt - time.date
  if (least > 0) return least
  return most < 0 ? most : 0
}

function judge(offsetMs: number, whose: string): Finding {
  const seconds = (Math.abs(offsetMs) / 1_000).toFixed(1)
  if (Math.abs(offsetMs) <= WARN_MS) return ok(`this machine's clock agrees with ${whose} within 2 s`)
  const sentence = `this machine's clock is ${seconds} s ${offsetMs > 0 ? 'ahead of' : 'behind'} ${whose}`
  const fix = 'run NTP on both machines: Apple and Google refuse credentials with a wrong time'
  return Math.abs(offsetMs) > FAIL_MS ? fail(sentence, fix) : warn(sentence, fix)
}
