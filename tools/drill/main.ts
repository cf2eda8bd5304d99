import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type DrillFault, faults } from './faults.ts'
import { startDrill } from './start-drill.ts'
import type { FiringAlert } from './start-prometheus.ts'

const USAGE = `npm run alert-drill -- NUMBER | --check

Plants a fault in a running Ringer with stand-ins, a Prometheus and constant calls, and shows the alerts that fire. Find it with
docs/runbook.md alone. NUMBER is 1 to ${faults.length}; Ctrl+C ends the drill and says what was planted.
--check plants every fault, one after the other, and fails if its alert does not fire.
`
const FIRING_LIMIT_MS = 90_000
const LOOK_EVERY_MS = 500

const print = (text: string) => void process.stdout.write(`${text}\n`)
const describe = ({ severity, name, summary, runbook }: FiringAlert) =>
  `${severity.padEnd(6)} ${name}: ${summary}\n                   ${runbook}`

/** Runs a drill until Ctrl+C. */
async function drill(fault: DrillFault): Promise<void> {
  const { promise: over, resolve: end } = Promise.withResolvers<void>()
  // npm and `timeout` pass a signal on that the terminal has sent already: a second one must not end the closing.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => end())
  const stage = await startDrill(fault)
  await fault.plant?.(stage)
  const startedAt = Date.now()
  print(`ingress            ${stage.ingress.url}, admin ${stage.ingress.adminUrl}`)
  print(`worker             admin ${stage.worker.adminUrl}`)
  print(`Prometheus         ${stage.prometheus.url}`)
  print(`both logs          ${stage.logFile}`)
  print(`settings           ${stage.envFile}, those of the worker`)
  print(`commands           set -a; . ${stage.envFile}; ringer() { npm run --silent ringer -- "$@"; }`)
  print('                   then: ringer why --last, ringer doctor')
  print(`queries            promtool query instant ${stage.prometheus.url} 'QUERY'\n`)
  const seen = new Set<string>()
  let isOver = false
  void over.then(() => {
    isOver = true
  })
  while (!isOver) {
    for (const alert of await stage.prometheus.firing()) {
      const text = describe(alert)
      if (!seen.has(alert.name))
        print(`${String(Math.round((Date.now() - startedAt) / 1_000)).padStart(6)} s  ${text}`)
      seen.add(alert.name)
    }
    await Promise.race([pause(LOOK_EVERY_MS), over])
  }
  print(`\nPlanted: ${fault.planted} (${fault.alert}).`)
  await stage.close()
}

/** Plants every fault. Returns whether each alert fired. */
async function check(): Promise<boolean> {
  let areAllFired = true
  for (const [index, fault] of faults.entries()) {
    const stage = await startDrill(fault)
    await fault.plant?.(stage)
    const startedAt = Date.now()
    const names = new Set<string>()
    while (!names.has(fault.alert) && Date.now() - startedAt < FIRING_LIMIT_MS) {
      for (const { name } of await stage.prometheus.firing()) names.add(name)
      await pause(LOOK_EVERY_MS)
    }
    const hasFired = names.has(fault.alert)
    areAllFired &&= hasFired
    names.delete(fault.alert)
    const seconds = `${Math.round((Date.now() - startedAt) / 1_000)} s`
    const others = names.size > 0 ? `  also ${[...names].join(', ')}` : ''
    print(
      `${String(index + 1).padStart(2)}  ${fault.alert.padEnd(27)}${hasFired ? seconds.padStart(5) : '  not fired'}  ${fault.planted}${others}`,
    )
    await stage.close()
  }
  return areAllFired
}

/** @throws TypeError that names the option */
const readOptions = () =>
  parseArgs({
    options: { check: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
  })

function refuse(reason = ''): never {
  process.stderr.write(reason === '' ? USAGE : `${reason}\n\n${USAGE}`)
  process.exit(2)
}

let options: ReturnType<typeof readOptions>
try {
  options = readOptions()
} catch (error) {
  refuse(error instanceof Error ? error.message.split('. ')[0] : String(error))
}
const { values, positionals } = options
const fault = faults[Number(positionals[0]) - 1]
if (values.help) {
  process.stdout.write(USAGE)
  process.exit(0)
}
if (values.check) process.exit((await check()) ? 0 : 1)
if (!fault) refuse(positionals[0] === undefined ? '' : `there is no drill ${JSON.stringify(positionals[0])}`)
await drill(fault)
process.exit(0)
