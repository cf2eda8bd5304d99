import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { checkHistory } from './check/check-history.ts'
import { makePlan } from './plan/make-plan.ts'
import { printPlan } from './plan/print-plan.ts'
import { report } from './report.ts'
import { performPlan } from './stage/perform-plan.ts'
import { readHistory } from './stage/read-history.ts'
import { createRecorder } from './stage/record-history.ts'
import { startCampaignStage } from './stage/start-campaign-stage.ts'

const USAGE = `npm run faults -- [--seconds 180] [--seed N] [--plan]

Runs calls, cancels, answers, registrations and all faults at once, against two ingresses, three workers, a Redis and
stand-ins for Apple and Google. Then it checks what happened against what Ringer promises.
--seed N repeats a plan; --plan only prints it.
`

const print = (text: string) => void process.stdout.write(`${text}\n`)

function readOptions() {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '180' },
      seed: { type: 'string', default: String(randomInt(1, 1_000_000)) },
      plan: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const { plan, help } = values
  return {
    plan,
    help,
    seconds: wholeNumber('seconds', values.seconds),
    seed: wholeNumber('seed', values.seed),
  }
}

function wholeNumber(name: string, value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new RangeError(`--${name} must be a whole number, such as 60`)
  return Number(value)
}

/** Runs a campaign. Returns the exit code: 0 if every promise was kept, 1 if not; 2 means that it could not run. */
async function campaign(): Promise<number> {
  const options = readOptions()
  if (options.help) {
    print(USAGE)
    return 0
  }
  const { seed, seconds } = options
  print(`seed ${seed}   (npm run faults -- --seconds ${seconds} --seed ${seed} repeats this plan)`)
  const plan = makePlan(seed, seconds)
  if (options.plan) {
    print(printPlan(plan))
    return 0
  }
  const recorder = createRecorder()
  const stage = await startCampaignStage(plan, recorder)
  try {
    await performPlan(plan, stage, recorder)
    const history = await readHistory(plan, stage, recorder)
    const result = checkHistory(history)
    print(report(result, history, recorder.lines))
    print(result.violations.length === 0 ? '\nevery promise was kept' : `\nBROKEN, with seed ${seed}`)
    return result.violations.length === 0 ? 0 : 1
  } finally {
    await stage.close()
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
try {
  // An exit by itself may never end: Node 24.21 was seen to spin while it took down sockets (CleanupHandles).
  const code = await campaign()
  // A pipe takes 64 KiB at a time: without this, an exit would cut off the rest.
  await new Promise(resolve => process.stdout.write('', resolve))
  process.exit(code)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  // What has been started already would keep the process alive.
  process.exit(2)
}
