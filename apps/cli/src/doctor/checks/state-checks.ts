import { randomBytes, randomUUID } from 'node:crypto'
import { createStateUrls } from '@ringer/payloads'
import {
  explainConnectionError,
  type Finding,
  fail,
  isLoopback,
  ok,
  readBounded,
  type SetupCheck,
  skipped,
  warn,
} from '@ringer/service'
import type { Setup } from '../load-setup.ts'
import { checkReach } from './reach-checks.ts'

const LIMIT_MS = 4_000

/** The ingress's answers are much shorter. */
const MAX_BODY_BYTES = 65_536

/** Checks the address at which phones ask whether a call still rings, and report that it does: RINGER_PUBLIC_URL. */
export function stateChecks(setup: Setup): SetupCheck[] {
  // The worker makes the URLs, and the ingress answers there.
  const state = setup.worker?.own.state ?? setup.ingress?.own.state
  if (!state) {
    const sentence =
      'RINGER_PUBLIC_URL is not set, so phones neither ask whether a call is over nor report that it rings'
    return [{ name: 'phones', run: async () => skipped(sentence, 'set it with RINGER_STATE_SECRET') }]
  }
  return [
    { name: 'phones: address', run: () => checkAddress(new URL(state.publicUrl), setup) },
    {
      name: 'phones: state',
      run(signal) {
        // A ring that never existed.
        const capability = { ringId: randomUUID(), deviceId: randomBytes(16).toString('hex') }
        return checkState(createStateUrls(state).urlOf(capability), signal)
      },
    },
  ]
}

async function checkAddress(url: URL, setup: Setup): Promise<Finding> {
  const reached = await checkReach({ url: url.origin }, setup)
  if (reached.state === 'fail' || url.protocol === 'https:') return reached
  const fix =
    'put a proxy with a certificate in front of the ingress, and set RINGER_PUBLIC_URL to its https address'
  return isLoopback(url.hostname)
    ? warn('RINGER_PUBLIC_URL leads to this machine only, so no phone reaches it', fix)
    : fail('RINGER_PUBLIC_URL is not https: iOS and Android let apps use https only', fix)
}

/** Asks as a phone does. Follows no redirect: apps may not either. */
async function checkState(url: string, signal: AbortSignal): Promise<Finding> {
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
    })
    return judge(response.status, codeIn(await readBounded(response, MAX_BODY_BYTES)))
  } catch (error) {
    const { sentence, fix } = explainConnectionError(error, url)
    return fail(sentence, fix)
  }
}

/** The code of an error of the ingress. Undefined: something else answered. */
function codeIn(text: string): unknown {
  try {
    return (JSON.parse(text) as { error?: { code?: unknown } } | null)?.error?.code
  } catch {
    return undefined
  }
}

function judge(status: number, code: unknown): Finding {
  if (status === 410 && code === 'gone')
    return ok('the ingress answers there, and knows the URLs that are signed with RINGER_STATE_SECRET')
  if (status === 404 && code === 'not_found')
    return fail(
      'the ingress answers there, and does not know the URLs that are signed with RINGER_STATE_SECRET',
      'give the ingress and the worker the same RINGER_STATE_SECRET and RINGER_PUBLIC_URL, and restart both',
    )
  if (status === 429 && code === 'too_many_requests')
    return warn(
      'the ingress answers 429: too many wrong URLs were asked for from this address',
      'set TRUST_PROXY if a proxy is in front of the ingress, and run this again in a minute',
    )
  if (status === 503 && code === 'unavailable')
    return fail(
      'the ingress cannot read the state of rings now (503)',
      'look at its log, and at the checks of Redis',
    )
  const redirects = status >= 300 && status < 400
  return fail(
    `what answers at RINGER_PUBLIC_URL is not the ingress: ${redirects ? `it redirects (${status})` : `it answers ${status}`}`,
    redirects
      ? 'set RINGER_PUBLIC_URL to the address that it redirects to'
      : 'let the path /r/ of RINGER_PUBLIC_URL lead to the ingress, which needs RINGER_PUBLIC_URL and RINGER_STATE_SECRET as well',
  )
}
