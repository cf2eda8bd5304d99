import { z } from 'zod'

const MAX_DATA_BYTES = 4096
const MAX_TTL_S = 28 * 86_400
const RESERVED = /^(?:from|message_type|google\..*|gcm\..*)$/

/** In seconds, with up to nine decimals, from 0 to four weeks. */
const ttl = z
  .string()
  .regex(/^\d+(?:\.\d{1,9})?s$/, "Illegal duration format; duration must end with 's'")
  .refine(text => Number.parseFloat(text) <= MAX_TTL_S, 'Invalid TTL: must be at most four weeks')

/** Keys and values are strings of together at most 4,096 bytes. Reserved keys are errors. */
const data = z
  .record(z.string(), z.string())
  .refine(pairs => !Object.keys(pairs).some(key => RESERVED.test(key)), 'Invalid data payload key: reserved')
  .refine(pairs => bytesOf(pairs) <= MAX_DATA_BYTES, 'Android message is too big')

function bytesOf(pairs: Record<string, string>): number {
  return Object.entries(pairs).reduce((sum, [key, value]) => sum + Buffer.byteLength(key + value), 0)
}

const anyObject = z.record(z.string(), z.unknown())

/** https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages#fcmoptions */
const label = z.string().regex(/^[a-zA-Z0-9\-_.~%]{1,50}$/, 'Invalid analytics label')
const fcmOptions = z.strictObject({ analytics_label: label.optional(), analyticsLabel: label.optional() })

/** Google accepts field names in snake case and in camel case, as Protocol Buffers' JSON does. */
const android = z.strictObject({
  collapse_key: z.string().optional(),
  collapseKey: z.string().optional(),
  priority: z.enum(['normal', 'high', 'NORMAL', 'HIGH']).optional(),
  ttl: ttl.optional(),
  restricted_package_name: z.string().optional(),
  restrictedPackageName: z.string().optional(),
  data: data.optional(),
  notification: anyObject.optional(),
  fcm_options: anyObject.optional(),
  fcmOptions: anyObject.optional(),
  direct_boot_ok: z.boolean().optional(),
  directBootOk: z.boolean().optional(),
  bandwidth_constrained_ok: z.boolean().optional(),
  bandwidthConstrainedOk: z.boolean().optional(),
  restricted_satellite_ok: z.boolean().optional(),
  restrictedSatelliteOk: z.boolean().optional(),
})

/** The headers go to the browser's push service as they are. */
const webpush = z.strictObject({
  headers: z
    .strictObject({
      TTL: z
        .string()
        .regex(/^\d{1,7}$/, 'Invalid TTL: must be whole seconds')
        .optional(),
      Urgency: z.enum(['very-low', 'low', 'normal', 'high']).optional(),
      Topic: z
        .string()
        .regex(/^[\w-]{1,32}$/)
        .optional(),
    })
    .optional(),
  data: data.optional(),
  notification: anyObject.optional(),
  fcm_options: anyObject.optional(),
  fcmOptions: anyObject.optional(),
})

/** The characters seen in registration tokens so far. Google defines no format and calls the tokens opaque. */
const token = z
  .string()
  .regex(/^[\w.:-]{1,4096}$/, 'The registration token is not a valid FCM registration token')

/** A Firebase installation id: 22 characters, or fewer if it was made from an instance id. */
const fid = z.string().regex(/^[\w-]{11,22}$/, 'The FID is not a valid Firebase installation id')

const message = z
  .strictObject({
    token: token.optional(),
    fid: fid.optional(),
    topic: z.string().optional(),
    condition: z.string().optional(),
    data: data.optional(),
    notification: anyObject.optional(),
    android: android.optional(),
    webpush: webpush.optional(),
    apns: anyObject.optional(),
    fcm_options: fcmOptions.optional(),
    fcmOptions: fcmOptions.optional(),
  })
  .refine(
    ({ token, fid, topic, condition }) =>
      [token, fid, topic, condition].filter(target => target !== undefined).length === 1,
    'Exactly one of token, fid, topic or condition is required',
  )
  .refine(({ token, fid }) => (token ?? fid) !== undefined, 'This stand-in delivers only to a token or a FID')

/**
 * What Google checks in the body of `messages:send`. Unknown fields are errors.
 * https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
 */
export const sendRequestSchema = z.strictObject({
  message,
  validate_only: z.boolean().optional(),
  validateOnly: z.boolean().optional(),
})
