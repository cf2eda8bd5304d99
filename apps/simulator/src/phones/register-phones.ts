import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { Handset } from './handset.ts'
import type { PhoneId } from './phone-state.ts'

const FIRST_RETRY_MS = 250
const SLOWEST_RETRY_MS = 5_000

/** Whether the ingress knows a phone. `deviceId` is the phone's id in Ringer's records. */
export type PhoneRegistration =
  | { status: 'registering'; reason?: string }
  | { status: 'registered'; deviceId?: string | undefined }

const answer = z
  .looseObject({
    deviceId: z.string().optional(),
    error: z.looseObject({ message: z.string() }).optional(),
  })
  .catch({})

/**
 * Registers the phones with the ingress as their app does after login. Retries, because the ingress may start after the
 * simulator, or lose Redis for a while. Resolves when all phones are registered, or when `signal` aborts.
 */
export async function registerPhones(deps: {
  ingressUrl: string
  registrationKey?: string | undefined
  phones: readonly Handset[]
  onChange: (phone: PhoneId, registration: PhoneRegistration) => void
  signal: AbortSignal
}): Promise<void> {
  await Promise.all(deps.phones.map(phone => keepRegistering(phone, deps)))
}

async function keepRegistering(phone: Handset, deps: Parameters<typeof registerPhones>[0]): Promise<void> {
  for (let waitMs = FIRST_RETRY_MS; !deps.signal.aborted; waitMs = Math.min(waitMs * 2, SLOWEST_RETRY_MS)) {
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
): Promise<PhoneRegistration> {
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
    const message = body.error?.message ?? ''
    return { status: 'registering', reason: `the ingress answered ${response.status} ${message}`.trim() }
  } catch {
    return { status: 'registering', reason: `the ingress at ${ingressUrl} does not answer` }
  }
}

/** An iPhone's app registers its two tokens together. */
function tokensOf({ platform, token, alertToken }: Handset) {
  return alertToken === undefined ? { platform, token } : { voipToken: token, apnsToken: alertToken }
}
