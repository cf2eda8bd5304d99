import { spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StandInCredentials } from '@ringer/fakes'

/** Whether this machine has an openssl that can stand in for Apple. */
export const hasOpenssl =
  spawnSync('openssl', ['version']).stdout?.toString().startsWith('OpenSSL 3') ?? false

/** A server that accepts a client's certificate only if the stand-ins' CA signed it and it is valid at this time. */
export interface RefusingApple {
  url: string
  /** How many connections it refused. */
  refused(): number
  close(): Promise<void>
}

/** Starts a server that refuses a certificate as Apple does, with a TLS alert that says why. Node's server cannot do this. */
export async function startRefusingApple({ ca, cert, key }: StandInCredentials): Promise<RefusingApple> {
  const folder = await mkdtemp(join(tmpdir(), 'ringer-apple-'))
  const files = { ca, cert, key }
  for (const [name, pem] of Object.entries(files)) await writeFile(join(folder, name), pem)
  const server = spawn(
    'openssl',
    [
      ...['s_server', '-accept', '127.0.0.1:0', '-alpn', 'h2'],
      ...['-cert', 'cert', '-key', 'key', '-CAfile', 'ca', '-Verify', '1', '-verify_return_error'],
    ],
    { cwd: folder, stdio: 'pipe' },
  )
  let output = ''
  const port = await new Promise<string>((resolve, reject) => {
    server.once('close', () => reject(new Error(`openssl ended: ${output}`)))
    for (const stream of [server.stdout, server.stderr]) {
      stream.on('data', chunk => {
        output += chunk
        const [, found] = /ACCEPT \S+:(\d+)/.exec(output) ?? []
        if (found) resolve(found)
      })
    }
  })
  return {
    url: `https://127.0.0.1:${port}`,
    refused: () => output.match(/certificate verify failed/g)?.length ?? 0,
    async close() {
      server.removeAllListeners('close')
      server.kill('SIGKILL')
      await rm(folder, { recursive: true })
    },
  }
}
