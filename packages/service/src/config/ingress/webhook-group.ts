import type { ConfigGroup, Env } from '../config-group.ts'
import { alphanumeric, dashboardPassword, integer, oneOf, secret } from '../fields.ts'

const login = {
  description:
    "the login of CometChat's webhook: letters and digits only, because its dashboard accepts nothing else. Make a password with `openssl rand -hex 24`; it must have at least 12 characters",
}

const previousLogin = {
  description: 'accepted as well while you rotate',
}

const signature = {
  description:
    'only if your webhooks carry `x-cometchat-signature`; at least 16 characters. The previous one is accepted as well while you rotate',
}

const fields = {
  COMETCHAT_WEBHOOK_USERNAME: alphanumeric(50).meta(login),
  COMETCHAT_WEBHOOK_PASSWORD: dashboardPassword(12, 100).meta(login),
  COMETCHAT_WEBHOOK_USERNAME_PREVIOUS: alphanumeric(50).meta(previousLogin),
  COMETCHAT_WEBHOOK_PASSWORD_PREVIOUS: dashboardPassword(12, 100).meta(previousLogin),
  COMETCHAT_WEBHOOK_SECRET: secret(16).meta(signature),
  COMETCHAT_WEBHOOK_SECRET_PREVIOUS: secret(16).meta(signature),
  RINGER_RING_SECONDS: integer(5, 120).meta({
    description: 'how many seconds after the caller pressed the button a ring is worth sending; 5 to 120',
    default: '30',
  }),
  RINGER_RING_MEETINGS: oneOf('true', 'false').meta({
    description:
      '`true`: rings the members of a group when a UI Kit announces a meeting there (needs the trigger `message_sent`)',
    default: 'false',
  }),
  RINGER_PUSH_CONTENT: oneOf('full', 'ids').meta({
    description:
      '`ids`: keeps names, pictures and texts out of pushes and out of Redis; [the app looks them up](deploy.md#ids-only)',
    default: 'full',
  }),
}

/** The credentials that webhooks must have, how long a call rings, and what of a webhook is stored and pushed. */
export const webhookGroup = {
  fields,
  check(env: Env) {
    const faults: Record<string, string> = {}
    const { COMETCHAT_WEBHOOK_USERNAME: username, COMETCHAT_WEBHOOK_PASSWORD: password } = env
    if (!username && !password && !env.COMETCHAT_WEBHOOK_SECRET) {
      faults.COMETCHAT_WEBHOOK_USERNAME =
        'is required, with COMETCHAT_WEBHOOK_PASSWORD (or COMETCHAT_WEBHOOK_SECRET): webhooks must be authenticated'
    }
    if (username && !password)
      faults.COMETCHAT_WEBHOOK_PASSWORD = 'is required with COMETCHAT_WEBHOOK_USERNAME'
    if (password && !username)
      faults.COMETCHAT_WEBHOOK_USERNAME = 'is required with COMETCHAT_WEBHOOK_PASSWORD'
    if (env.COMETCHAT_WEBHOOK_USERNAME_PREVIOUS && !env.COMETCHAT_WEBHOOK_PASSWORD_PREVIOUS) {
      faults.COMETCHAT_WEBHOOK_PASSWORD_PREVIOUS = 'is required with COMETCHAT_WEBHOOK_USERNAME_PREVIOUS'
    }
    if (env.COMETCHAT_WEBHOOK_PASSWORD_PREVIOUS && !username) {
      faults.COMETCHAT_WEBHOOK_PASSWORD_PREVIOUS = 'has no effect without COMETCHAT_WEBHOOK_USERNAME'
    }
    if (env.COMETCHAT_WEBHOOK_SECRET_PREVIOUS && !env.COMETCHAT_WEBHOOK_SECRET) {
      faults.COMETCHAT_WEBHOOK_SECRET_PREVIOUS = 'has no effect without COMETCHAT_WEBHOOK_SECRET'
    }
    return faults
  },
  build(values) {
    const username = values.COMETCHAT_WEBHOOK_USERNAME
    const logins = [
      { username, password: values.COMETCHAT_WEBHOOK_PASSWORD },
      {
        username: values.COMETCHAT_WEBHOOK_USERNAME_PREVIOUS ?? username,
        password: values.COMETCHAT_WEBHOOK_PASSWORD_PREVIOUS,
      },
    ].flatMap(({ username, password }) => (username && password ? [{ username, password }] : []))
    const secrets = [values.COMETCHAT_WEBHOOK_SECRET, values.COMETCHAT_WEBHOOK_SECRET_PREVIOUS]
    return {
      credentials: { logins, secrets: secrets.filter(secret => secret !== undefined) },
      ringMs: (values.RINGER_RING_SECONDS ?? 30) * 1_000,
      ringMeetings: values.RINGER_RING_MEETINGS === 'true',
      pushContent: values.RINGER_PUSH_CONTENT ?? 'full',
    }
  },
} satisfies ConfigGroup<typeof fields, unknown>
