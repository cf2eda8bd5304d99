import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { Handset } from './handset.ts'
import type { PhoneId } from './phone-state.ts'

const firstRetryMs = 250
const slowestRetryMs = 5_000

export type Registration =
  | { status: 'registering'; reason?: string }
  /** `deviceId` is how Ringer's records name the phone. */
  | { status: 'registered'; deviceId?: string | undefined }

const answer = z
  .looseObject({
    deviceId: z.string().optional(),
    error: z.looseObject({ message: z.string() }).optional(),
  })
  .catch({})

/**
 * Registers the phones with the ingress as their app does after login, and keeps trying: the ingress may be started
 * after the simulator, or be without Redis for a while. Resolves when all are registered, or when `signal` aborts.
 */
export async function registerPhones(deps: {
  ingressUrl: string
  registrationKey?: string | undefined
  phones: readonly Handset[]
  onChange: (phone: PhoneId, registration: Registration) => void
  signal: AbortSignal
}): Promise<void> {
  await Promise.all(deps.phones.map(phone => keepRegistering(phone, deps)))
}

async function keepRegistering(phone: Handset, deps: Parameters<typeof registerPhones>[0]): Promise<void> {
  for (let waitMs = firstRetryMs; !deps.signal.aborted; waitMs = Math.min(waitMs * 2, slowestRetryMs)) {
    const registration = await register(phone, deps)
    if (deps.signal.aborted) return
    deps.onChange(phone.id, registration)
    if (registration.status === 'registered') return
    await delay(waitMs, undefined, { signal: deps.signal }).catch(() => undefined)
  }
}

async function register(
  phone: Handset,
  { ingressUrl, registrationKey, signal }: Parameters<typeof registerPhones>[0],
): Promise<Registration> {
  try {
    const response = await fetch(new URL('/api/push/register', ingressUrl), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(registrationKey === undefined ? {} : { authorization: `Bearer ${registrationKey}` }),
      },
      body: JSON.stringify({ uid: phone.uid, ...tokensOf(phone), environment: 'production' }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(2_000)]),
    })
    const body = answer.parse(await response.json().catch(() => undefined))
    if (response.ok) return { status: 'registered', deviceId: body.deviceId }
    const said = body.error?.message ?? ''
    return { status: 'registering', reason: `the ingress answered ${response.status} ${said}`.trim() }
  } catch {
    return { status: 'registering', reason: `the ingress at ${ingressUrl} does not answer` }
  }
}

/** An iPhone's app has two tokens, which it registers together. */
function tokensOf({ platform, token, alertToken }: Handset) {
  return alertToken === undefined ? { platform, token } : { voipToken: token, apnsToken: alertToken }
}
