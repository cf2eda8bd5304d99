import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { Handset, PhoneHandset, Subscribe } from './handset.ts'
import type { PhoneId } from './handset-state.ts'

const FIRST_RETRY_MS = 250
const SLOWEST_RETRY_MS = 5_000

/** Whether the ingress knows a phone. `deviceId` is the phone's id in Ringer's records. */
export type PhoneRegistration =
  | { status: 'registering'; reason?: string }
  | { status: 'registered'; deviceId?: string | undefined }

const answer = z
  .looseObject({
    deviceId: z.string().optional(),
    publicKey: z.string().optional(),
    error: z.looseObject({ message: z.string() }).optional(),
  })
  .catch({})

interface RegisterDeps {
  ingressUrl: string
  registrationKey?: string | undefined
  phones: readonly Handset[]
  /** Subscribes the browser. */
  subscribe: Subscribe
  onChange: (phone: PhoneId, registration: PhoneRegistration) => void
  signal: AbortSignal
}

/**
 * Registers the phones with the ingress as their app does after login. Retries, because the ingress may start after the
 * simulator, or lose Redis for a while. Resolves when all phones are registered, or when `signal` aborts.
 */
export async function registerPhones(deps: RegisterDeps): Promise<void> {
  await Promise.all(deps.phones.map(phone => keepRegistering(phone, deps)))
}

async function keepRegistering(phone: Handset, deps: RegisterDeps): Promise<void> {
  for (let waitMs = FIRST_RETRY_MS; !deps.signal.aborted; waitMs = Math.min(waitMs * 2, SLOWEST_RETRY_MS)) {
    const registration = await register(phone, deps)
    if (deps.signal.aborted) return
    deps.onChange(phone.id, registration)
    if (registration.status === 'registered') return
    await delay(waitMs, undefined, { signal: deps.signal }).catch(() => undefined)
  }
}

async function register(phone: Handset, deps: RegisterDeps): Promise<PhoneRegistration> {
  try {
    if (phone.platform !== 'web') {
      const body = { uid: phone.uid, ...tokensOf(phone), environment: 'production' }
      return registrationOf(await ask('/api/push/register', deps, body))
    }
    // As a page does: docs/guides/web.md.
    const vapid = await ask('/api/push/vapid', deps)
    if (!vapid.body.publicKey) return registrationOf(vapid)
    const { uid, deviceId } = phone
    const subscription = deps.subscribe(vapid.body.publicKey)
    return registrationOf(await ask('/api/push/subscribe', deps, { uid, deviceId, subscription }))
  } catch {
    return { status: 'registering', reason: `the ingress at ${deps.ingressUrl} does not answer` }
  }
}

/** Sends a POST with this body, or a GET without one. */
async function ask(path: string, { ingressUrl, registrationKey, signal }: RegisterDeps, body?: object) {
  const response = await fetch(new URL(path, ingressUrl), {
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
    headers: {
      ...(body && { 'content-type': 'application/json' }),
      ...(registrationKey === undefined ? {} : { authorization: `Bearer ${registrationKey}` }),
    },
    signal: AbortSignal.any([signal, AbortSignal.timeout(2_000)]),
  })
  return {
    status: response.status,
    ok: response.ok,
    body: answer.parse(await response.json().catch(() => undefined)),
  }
}

function registrationOf({ ok, status, body }: Awaited<ReturnType<typeof ask>>): PhoneRegistration {
  if (ok) return { status: 'registered', deviceId: body.deviceId }
  const message = body.error?.message ?? ''
  return { status: 'registering', reason: `the ingress answered ${status} ${message}`.trim() }
}

/** An iPhone's app registers its two tokens together. */
function tokensOf({ platform, token, alertToken }: PhoneHandset) {
  return alertToken === undefined ? { platform, token } : { voipToken: token, apnsToken: alertToken }
}
