import type { ConfigGroup, Env } from './config-group.ts'
import { integer, oneOf, text } from './fields.ts'

/** FCM stores a message for at most four weeks. */
const FOUR_WEEKS_S = 28 * 86_400
const A_DAY_S = 86_400

const flag = oneOf('true', 'false')

const fields = {
  RINGER_STOP_OTHER_DEVICES: flag.meta({
    description: "`true`: tells the user's other Android phones and browsers when a call was answered",
    default: 'false',
  }),
  RINGER_MISSED_CALL: flag.meta({
    description: '`true`: sends a notification for a call that nobody answered',
    default: 'false',
  }),
  RINGER_MISSED_CALL_LOC_KEY: text.meta({ description: "the key of the app's own text for it" }),
  RINGER_FALLBACK_ALERT: flag.meta({
    description:
      '`true`: a phone that [reports what it shows](deploy.md#to-the-screen) and has not shown a call 3 s after its push was accepted gets one time-sensitive notification at its alert token (needs `RINGER_PUBLIC_URL`)',
    default: 'false',
  }),
  RINGER_CHECK_LOGINS: flag.meta({
    description:
      '`true`: a phone whose CometChat login has ended [is forgotten at the next call](guides/registration.md#logins-that-have-ended) (needs `COMETCHAT_API_KEY`)',
    default: 'false',
  }),
  RINGER_ALERT_TTL_SECONDS: integer(60, FOUR_WEEKS_S).meta({
    description: 'how many seconds a notification (chat, missed call) is worth sending; 60 to 2419200',
    default: '86400',
  }),
  RINGER_LEGACY_PAYLOAD: oneOf('false', 'rings', 'true').meta({
    description:
      "`rings` or `true`: adds the raw call message for CometChat's samples of 2020 to 2023 to rings, or to stops as well; [which app needs it](cometchat.md#which-settings-your-app-needs)",
    default: 'false',
  }),
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
