import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { childEnvironment } from '../../../test/fixtures/child-environment.ts'
import type { World } from '../../../test/world.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** Runs the command line as a process of its own, in an environment without the test's settings. */
export async function runRinger(world: World, args: string[], more: Record<string, string> = {}) {
  const { target, prefix } = world
  const url = target.kind === 'single' ? target.url : ''
  const env = { ...childEnvironment, REDIS_URL: url, RINGER_PREFIX: prefix, ...more }
  const flags = ['--disable-warning=ExperimentalWarning', '--import', '@ringer/service/require-node-24']
  const child = spawn(process.execPath, [...flags, main, ...args], { env })
  const read = async (stream: Readable) => Buffer.concat(await stream.toArray()).toString()
  const [stdout, stderr, [code]] = await Promise.all([
    read(child.stdout),
    read(child.stderr),
    once(child, 'exit'),
  ])
  return { code: code as number, stdout, stderr }
}
