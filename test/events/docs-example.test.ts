import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { signEvent } from '@ringer/payloads'
import { describe, expect } from 'vitest'
import { codeBlocks } from '../guides/code-blocks.ts'
import { DEFAULT_SESSION_ID, deliver, ended, initiated } from '../webhooks.ts'
import { it as worldIt } from '../world.ts'
import { eventsSecret } from './start-backend.ts'

const docs = fileURLToPath(new URL('../../docs/events.md', import.meta.url))

/** The receiver of docs/events.md, as a process of its own. */
const it = worldIt.extend('receiver', async ({ world: _ }, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), 'ringer-docs-'))
  const [block] = codeBlocks(await readFile(docs, 'utf8')).filter(
    ({ title }) => title === 'receive-events.ts',
  )
  const path = join(folder, 'receive-events.mts')
  await writeFile(path, block?.code ?? '')
  const process_ = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', path], {
    env: { RINGER_EVENTS_SECRET: `whsec_${eventsSecret}`, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  process_.stdout.on('data', chunk => {
    printed += chunk
  })
  onCleanup(async () => {
    process_.kill()
    await once(process_, 'exit')
    await rm(folder, { recursive: true })
  })
  await expect.poll(() => printed).toMatch(/port: \d+/)
  const port = /port: (\d+)/.exec(printed)?.[1]
  return {
    url: `http://127.0.0.1:${port}/`,
    lines: () => printed.split('\n').filter(line => /^(ring|device)\./.test(line)),
  }
})

describe('the receiver in docs/events.md', () => {
  it('takes the events of a call', async ({ world, receiver }) => {
    const events = { url: receiver.url, secrets: [eventsSecret], allowInside: true }
    world.addWorker({ queues: ['calls', 'pushes-apns', 'pushes-fcm', 'events'], tenant: { events } })
    await deliver(world.ingress, initiated())
    await expect.poll(receiver.lines).toEqual(['ring.failed bob'])
    await deliver(world.ingress, ended('cancelled', DEFAULT_SESSION_ID))
    await expect.poll(receiver.lines).toEqual(['ring.failed bob', 'ring.ended bob'])
  })

  it('takes no request that is forged, changed or old, and counts a repeated one once', async ({
    receiver,
  }) => {
    const body = JSON.stringify({ id: 'event-1', type: 'ring.ended', data: { recipient: 'bob' } })
    const signed = (at: number, secret = eventsSecret) => signEvent({ id: 'event-1', at, body }, [secret])
    const send = async (headers: Record<string, string>, sent = body) =>
      (await fetch(receiver.url, { method: 'POST', body: sent, headers })).status
    const now = Date.now()
    expect(await send({})).toBe(401)
    expect(await send(signed(now, 'Yk8RzT5uVb2QpNw7XeJd0LsGmH3fCa9oIi6KtUy1ErA='))).toBe(401)
    expect(await send(signed(now), body.replace('bob', 'eve'))).toBe(401)
    expect(await send({ ...signed(now), 'webhook-id': 'event-2' })).toBe(401)
    expect(await send(signed(now - 301_000))).toBe(401)
    expect(receiver.lines()).toEqual([])
    for (let number = 1; number <= 2; number += 1) expect(await send(signed(now))).toBe(204)
    await expect.poll(receiver.lines).toEqual(['ring.ended bob'])
  })
})
