import { parseArgs } from 'node:util'
import { readVersion } from '@ringer/service'
import { UsageError } from './usage-error.ts'

const usage = `ringer: from a CometChat call to a ringing phone

  npm run ringer -- demo [--once] [--port 4000]    everything on this machine, no credentials
  npm run ringer -- call --to bob [options]        send the webhook of a call to an ingress
  npm run ringer -- why SESSION | --to bob         why a phone rang, or did not
  npm run ringer -- devices --uid bob              the phones of a person
  npm run ringer -- doctor [options]               check everything that a call needs
  npm run ringer -- serve                          the ingress and a worker in one process
  npm run ringer -- vapid                          make the key pair with which browsers are rung

Help on a command: npm run ringer -- COMMAND --help
The version: npm run ringer -- --version`

interface Command {
  run: (args: string[]) => Promise<number>
  usage: string
}

/** A command is loaded when it is used: `call` need not wait for the demo's Redis and servers to load. */
const commands: Record<string, () => Promise<Command>> = {
  async demo() {
    const { demo, demoUsage } = await import('./demo/demo.ts')
    return { run: demo, usage: demoUsage }
  },
  async call() {
    const { call, callUsage } = await import('./call/call.ts')
    return { run: call, usage: callUsage }
  },
  async why() {
    const { why, whyUsage } = await import('./why/why.ts')
    return { run: why, usage: whyUsage }
  },
  async devices() {
    const { devices, devicesUsage } = await import('./devices/devices.ts')
    return { run: devices, usage: devicesUsage }
  },
  async doctor() {
    const { doctor, doctorUsage } = await import('./doctor/doctor.ts')
    return { run: doctor, usage: doctorUsage }
  },
  async serve() {
    const { serve, serveUsage } = await import('./serve/serve.ts')
    return { run: serve, usage: serveUsage }
  },
  async vapid() {
    const { vapid, vapidUsage } = await import('./vapid/vapid.ts')
    return { run: vapid, usage: vapidUsage }
  },
}

// An exit by itself may never end: Node 24.21 was seen to spin while it took down sockets (CleanupHandles).
process.exit(await run(process.argv.slice(2)))

/** Runs a command. Returns the exit code: 0 for success, 1 for a failure, 2 for a command line that is not understood. */
async function run([name = '', ...args]: string[]): Promise<number> {
  if (name === '' || name === 'help' || name === '--help') {
    print(usage)
    return name === '' ? 2 : 0
  }
  if (name === '--version') {
    print(readVersion())
    return 0
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!load) return refuse(`unknown command ${JSON.stringify(name)}`, usage)
  const command = await load().catch(error => {
    if (!isAboutStandIns(error)) throw error
  })
  if (!command) {
    print(
      `ringer ${name} needs the stand-ins, which the image for production does not have: run it from a clone`,
    )
    return 1
  }
  if (parseArgs({ args, strict: false }).values.help) {
    print(command.usage)
    return 0
  }
  try {
    return await command.run(args)
  } catch (error) {
    if (error instanceof UsageError) return refuse(error.message, `Help: npm run ringer -- ${name} --help`)
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
}

/** Whether a package is missing that only development and the demo need. */
function isAboutStandIns(error: unknown): boolean {
  const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
  return isMissing && /@ringer\/(fakes|simulator)/.test(error.message)
}

function print(text: string) {
  process.stdout.write(`${text}\n`)
}

function refuse(message: string, help: string): number {
  process.stderr.write(`${message}\n\n${help}\n`)
  return 2
}
