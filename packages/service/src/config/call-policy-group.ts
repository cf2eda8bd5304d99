import type { ConfigGroup, Env } from './config-group.ts'
import { integer, oneOf, text } from './fields.ts'

/** FCM stores a message for at most four weeks. */
const FOUR_WEEKS_S = 28 * 86_400
const A_DAY_S = 86_400

const flag = oneOf('true', 'false')

const fields = {
  RINGER_STOP_OTHER_DEVICES: flag,
  RINGER_MISSED_CALL: flag,
  RINGER_MISSED_CALL_LOC_KEY: text,
  RINGER_FALLBACK_ALERT: flag,
  RINGER_CHECK_LOGINS: flag,
  RINGER_ALERT_TTL_SECONDS: integer(60, FOUR_WEEKS_S),
  RINGER_LEGACY_PAYLOAD: oneOf('false', 'rings', 'true'),
}

/** Which pushes carry CometChat's raw call message, for each value of RINGER_LEGACY_PAYLOAD. */
const legacyPayloads = { false: 'none', rings: 'rings', true: 'all' } as const

/** Which pushes a call causes besides its rings, and how long an ordinary notification stays valid. */
export const callPolicyGroup = {
  fields,
  check(env: Env, processEnv: Env = env) {
    const faults: Record<string, string> = {}
    if (env.RINGER_MISSED_CALL_LOC_KEY && env.RINGER_MISSED_CALL !== 'true') {
      faults.RINGER_MISSED_CALL_LOC_KEY = 'has no effect without RINGER_MISSED_CALL=true'
    }
    if (env.RINGER_FALLBACK_ALERT === 'true' && !processEnv.RINGER_PUBLIC_URL) {
      faults.RINGER_FALLBACK_ALERT =
        'has no effect without RINGER_PUBLIC_URL: phones report at the URL in the push that they show a call'
    }
    if (env.RINGER_CHECK_LOGINS === 'true' && !env.COMETCHAT_API_KEY) {
      faults.RINGER_CHECK_LOGINS =
        'has no effect without COMETCHAT_API_KEY: CometChat is asked which logins have ended'
    }
    return faults
  },
  build(values) {
    return {
      stopOtherDevices: values.RINGER_STOP_OTHER_DEVICES === 'true',
      missedCall:
        values.RINGER_MISSED_CALL === 'true'
          ? { localisationKey: values.RINGER_MISSED_CALL_LOC_KEY }
          : undefined,
      fallbackAlert: values.RINGER_FALLBACK_ALERT === 'true',
      checkLogins: values.RINGER_CHECK_LOGINS === 'true',
      alertMs: (values.RINGER_ALERT_TTL_SECONDS ?? A_DAY_S) * 1_000,
      legacyPayload: legacyPayloads[values.RINGER_LEGACY_PAYLOAD ?? 'false'],
    }
  },
} satisfies ConfigGroup<typeof fields, unknown>
