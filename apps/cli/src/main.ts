import { parseArgs } from 'node:util'
import { call, callUsage } from './call/call.ts'
import { demo, demoUsage } from './demo/demo.ts'
import { UsageError } from './usage-error.ts'

const usage = `ringer: from a CometChat call to a ringing phone

  npm run ringer -- demo [--once] [--port 4000]    everything on this machine, no credentials
  npm run ringer -- call --to bob [options]        send the webhook of a call to an ingress

Help on one of them: npm run ringer -- COMMAND --help`

const commands: Record<string, { run: (args: string[]) => Promise<number>; usage: string }> = {
  demo: { run: demo, usage: demoUsage },
  call: { run: call, usage: callUsage },
}

process.exitCode = await run(process.argv.slice(2))

/** Runs a command; returns the exit code: 0 done, 1 failed, 2 not understood. */
async function run([name = '', ...args]: string[]): Promise<number> {
  if (name === '' || name === 'help' || name === '--help') {
    print(usage)
    return name === '' ? 2 : 0
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) return complain(`there is no command ${JSON.stringify(name)}`, usage)
  if (parseArgs({ args, strict: false }).values.help) {
    print(command.usage)
    return 0
  }
  try {
    return await command.run(args)
  } catch (error) {
    if (error instanceof UsageError) return complain(error.message, command.usage)
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
}

function print(text: string) {
  process.stdout.write(`${text}\n`)
}

function complain(message: string, help: string): number {
  process.stderr.write(`${message}\n\n${help}\n`)
  return 2
}
