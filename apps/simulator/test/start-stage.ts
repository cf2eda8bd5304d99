import {
  createStandInCredentials,
  type FakeApns,
  type StandInCredentials,
  startFakeApns,
  startFakeFcm,
} from '@ringer/fakes'
import { onTestFinished } from 'vitest'
import { createSimulator } from '../src/app.ts'
import type { InForce } from '../src/chaos/create-chaos.ts'
import type { WorkersControl } from '../src/chaos/workers-control.ts'
import { openStates } from './open-states.ts'
import { startStubRinger } from './stub-ringer.ts'

/** What the routes answer, or why they do not. */
type Body = {
  sessionId: string
  answers: { status: number; body: { status: string } }[]
  inForce: InForce[]
  error: { code: string; message: string }
}

const secret = 'webhooksecret'
const login = { username: 'cometchat', password: 'letmering1234' }
const registrationKey = 'registration-key'
let credentials: Promise<StandInCredentials> | undefined

/** A simulator with everything around it on real sockets, for one test. */
export async function startStage(
  options: {
    ringMs?: number
    pushes?: number
    registrationFaults?: number[]
    /** False: CometChat has a secret to sign with, and no user name. */
    login?: false
    /** Power over workers, which there are none of here. */
    workers?: (world: { apns: FakeApns }) => WorkersControl
  } = {},
) {
  credentials ??= createStandInCredentials()
  const known = await credentials
  const apns = await startFakeApns({ credentials: known, environment: 'production' })
  const fcm = await startFakeFcm({ credentials: known, tls: false })
  const ringer = await startStubRinger({
    ...options,
    secret,
    login: `${login.username}:${login.password}`,
    registrationKey,
    providers: { apns, fcm, credentials: known },
  })
  ringer.faults.push(...(options.registrationFaults ?? []))
  const simulator = createSimulator({
    ingressUrl: ringer.url,
    credentials: options.login === false ? { secret } : { ...login, secret },
    registrationKey,
    apns,
    fcm,
    watchCalls: ringer.watchCalls,
    readCall: ringer.readCall,
    workers: options.workers?.({ apns }),
  })
  const url = await simulator.listen({ host: '127.0.0.1', port: 0 })
  const page = await openStates(url)
  onTestFinished(async () => {
    page.close()
    await simulator.close()
    await ringer.close()
    await fcm.close()
    await apns.close()
  })

  async function post(path: string, body: unknown = {}, headers: Record<string, string> = {}) {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    return { status: response.status, body: (await response.json()) as Body }
  }

  /** Places a call and waits until both phones ring. */
  async function ring(order: object = {}) {
    await registered()
    const { body } = await post('/api/calls', { callType: 'audio', ...order })
    const { sessionId } = body
    const state = await page.waitFor('both phones ring', ({ call }) =>
      Boolean(
        call?.sessionId === sessionId && call.timeline.phones.every(phone => phone.accepted !== undefined),
      ),
    )
    return { sessionId, answers: body.answers, state }
  }

  const registered = () =>
    page.waitFor('both phones are registered', ({ phones }) =>
      phones.every(({ registration }) => registration.status === 'registered'),
    )

  return { url, page, post, ring, registered, ringer, apns, fcm, secret }
}
