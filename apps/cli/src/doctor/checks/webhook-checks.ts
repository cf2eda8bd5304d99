import { createHmac } from 'node:crypto'
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
import { appNamed } from './settings-checks.ts'

/** CometChat gives a webhook 2 s. */
const LIMIT_MS = 2_000

/** The ingress's answers are much shorter. */
const MAX_BODY_BYTES = 65_536

/** A trigger that CometChat does not have: the ingress answers `ignored` and stores nothing. */
const TRIGGER = 'ringer_doctor'

type Ingress = NonNullable<Setup['ingress']>
type TenantSettings = Ingress['tenants'] extends ReadonlyMap<string, infer Each> ? Each : never

/** Checks the webhook's address as CometChat sees it. Nothing that is sent there is a call. */
export function webhookChecks(setup: Setup): SetupCheck[] {
  const { webhookUrl: url, ingress } = setup
  if (!url)
    return [{ name: 'webhook', run: async () => skipped('not checked', 'give its address with --url') }]
  let asking: Promise<PostedWebhook> | undefined
  const askAsStranger = (signal: AbortSignal) => {
    asking ??= post(url, '{}', {}, signal)
    return asking
  }
  const byApp = Array.from(ingress?.tenants ?? [], ([appId, tenant]) => ({
    name: appNamed(ingress, appId, 'webhook: credentials'),
    async run(signal: AbortSignal) {
      const stranger = await askAsStranger(signal)
      // The credentials are for the ingress only.
      if (!isSafe(url) || stranger.kind === 'failed' || stranger.status !== 401)
        return skipped('not sent, because the ingress may not be what answers there')
      return checkCredentials(url, tenant, signal)
    },
  }))
  return [
    { name: 'webhook: address', run: () => checkAddress(url, setup) },
    { name: 'webhook: strangers', run: async signal => judgeStranger(await askAsStranger(signal), url) },
    ...byApp,
  ]
}

/** Whether nobody on the way can read what is sent there. */
const isSafe = (url: URL) => url.protocol === 'https:' || isLoopback(url.hostname)

async function checkAddress(url: URL, setup: Setup): Promise<Finding> {
  const reached = await checkReach({ url: url.origin }, setup)
  if (reached.state === 'fail' || isSafe(url)) return reached
  return fail(
    'the address is not https: passwords and names can be read on the way',
    'put a proxy with a certificate in front of the ingress, and give CometChat the https address',
  )
}

function judgeStranger(answer: PostedWebhook, url: URL): Finding {
  if (answer.kind === 'failed') return answer.finding
  if (answer.status === 401) return ok('a request without credentials is answered 401')
  if (answer.status === 429)
    return warn(
      'a request without credentials is answered 429: too many wrong ones came from this address',
      'set TRUST_PROXY if a proxy is in front of the ingress, and run this again in a minute',
    )
  if (answer.status < 300)
    return fail(
      `a request without credentials is answered ${answer.status}, not 401: whatever answers here is not the ingress, or something in front of it adds credentials`,
      'let the address lead to the ingress, and let nothing on the way add an Authorization header',
    )
  return notTheIngress(answer.status, url)
}

async function checkCredentials(
  url: URL,
  { cometchat, webhook }: TenantSettings,
  signal: AbortSignal,
): Promise<Finding> {
  const body = JSON.stringify({
    trigger: TRIGGER,
    ...(cometchat.appId && { appId: cometchat.appId }),
    data: {},
  })
  const answer = await post(url, body, proofOf(webhook.credentials, body), signal)
  if (answer.kind === 'failed') return answer.finding
  const { status, text } = answer
  if (status === 200 && text.includes('"ignored"'))
    return ok('a request with the credentials is accepted, and one that is no call is ignored')
  if (status === 400)
    return text.includes('"wrong_app"')
      ? fail('the ingress serves another app', 'give the ingress the same COMETCHAT_APP_ID or RINGER_APPS')
      : ok('a request with the credentials is accepted, and one that is no call is refused')
  if (status === 401 || status === 429)
    return fail(
      `a request with the credentials is answered ${status}`,
      'give the ingress the same COMETCHAT_WEBHOOK_USERNAME, COMETCHAT_WEBHOOK_PASSWORD and COMETCHAT_WEBHOOK_SECRET and restart it; a proxy must pass on the Authorization header',
    )
  if (status === 503)
    return fail('the ingress cannot store webhooks now (503)', 'look at its log, and at the checks of Redis')
  return notTheIngress(status, url)
}

const notTheIngress = (status: number, url: URL): Finding =>
  status >= 300 && status < 400
    ? fail(
        `the address redirects (${status}), and CometChat may not follow`,
        'use the address that it redirects to, and give it to CometChat as well',
      )
    : fail(
        `${url.pathname} is answered ${status}, so it does not lead to the webhook of the ingress`,
        'the path must be /webhooks/cometchat or /providers/cometchat, and lead to the ingress',
      )

/** The headers that CometChat would send: every credential that is configured. */
function proofOf(
  { logins, secrets }: TenantSettings['webhook']['credentials'],
  body: string,
): Record<string, string> {
  const [login] = logins
  const [secret] = secrets
  return {
    ...(login && {
      authorization: `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`,
    }),
    ...(secret && { 'x-cometchat-signature': createHmac('sha256', secret).update(body).digest('hex') }),
  }
}

type PostedWebhook = { kind: 'answered'; status: number; text: string } | { kind: 'failed'; finding: Finding }

/** Follows no redirect: the credentials would be sent to its target. */
async function post(
  url: URL,
  body: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<PostedWebhook> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
    })
    return { kind: 'answered', status: response.status, text: await readBounded(response, MAX_BODY_BYTES) }
  } catch (error) {
    const { sentence, fix } = explainConnectionError(error, url.href)
    return { kind: 'failed', finding: fail(sentence, fix) }
  }
}
