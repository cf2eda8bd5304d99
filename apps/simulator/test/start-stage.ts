import {
  createStandInCredentials,
  type FakeApns,
  type StandInCredentials,
  startFakeApns,
  startFakeFcm,
  startFakeWebPush,
} from '@ringer/fakes'
import { onTestFinished } from 'vitest'
import type { ActiveFault } from '../src/chaos/create-chaos.ts'
import type { WorkersControl } from '../src/chaos/workers-control.ts'
import { createSimulator } from '../src/create-simulator.ts'
import { openStates } from './open-states.ts'
import { startStubRinger } from './stub-ringer.ts'

/** The fields of all the routes' answers, errors included. */
interface Body {
  sessionId: string
  answers: { status: number; body: { status: string } }[]
  inForce: ActiveFault[]
  error: { code: string; message: string }
}

const secret = 'webhooksecret'
const login = { username: 'cometchat', password: 'letmering1234' }
const registrationKey = 'registration-key'
let credentials: Promise<StandInCredentials> | undefined

/** Starts a simulator and everything around it on real sockets, for one test. */
export async function startStage(
  options: {
    ringMs?: number
    pushes?: number
    registrationFaults?: number[]
    /** False: CometChat has a secret to sign with, but no user name. */
    login?: false
    /** Simulates workers: a stage has no real ones. */
    workers?: (stage: { apns: FakeApns }) => WorkersControl
  } = {},
) {
  credentials ??= createStandInCredentials()
  const known = await credentials
  const apns = await startFakeApns({ credentials: known, environment: 'production' })
  const fcm = await startFakeFcm({ credentials: known, tls: false })
  const webpush = await startFakeWebPush({ credentials: known })
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
    webpush,
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
    await webpush.close()
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

  /** Places a call and waits until Ringer has rung every phone called. */
  async function ring(order: object = {}) {
    await registered()
    const { body } = await post('/api/calls', { callType: 'audio', ...order })
    const { sessionId } = body
    const state = await page.waitFor('every phone rings', ({ call }) =>
      Boolean(
        call?.sessionId === sessionId && call.timeline.phones.every(phone => phone.accepted !== undefined),
      ),
    )
    return { sessionId, answers: body.answers, state }
  }

  const registered = () =>
    page.waitFor('every phone is registered', ({ phones }) =>
      phones.every(({ registration }) => registration.status === 'registered'),
    )

  return { url, page, post, ring, registered, ringer, apns, fcm, webpush, secret }
}
