import { createHmac, timingSafeEqual } from 'node:crypto'

/** One ring on one device: all that a state URL gives access to. */
export interface Capability {
  /** A UUID. */
  ringId: string
  /** 32 hex digits. */
  deviceId: string
}

/** What the state URLs of a deployment are made of. */
export interface StateUrlSettings {
  /** The ingress as phones reach it, without a slash at the end. */
  publicUrl: string
  /** At least one. The first one signs, all of them verify. */
  secrets: readonly string[]
}

export type ReadCapability =
  | { ok: true; capability: Capability }
  /** `malformed`: not what a token looks like. */
  | { ok: false; fault: 'malformed' | 'wrong-signature' }

/**
 * Makes and reads state URLs: `<publicUrl>/r/<token>`. Whoever has one may ask for the state of its ring, and report what its
 * device did with the push, without any other credential.
 */
export interface StateUrls {
  urlOf(capability: Capability): string
  /** Reads the token of a URL, and checks its signature in constant time. */
  read(token: string): ReadCapability
}

const ID_BYTES = 16
const MAC_BYTES = 16

/** 48 bytes in base64url: no padding, and every character counts, so that one token has one spelling. */
const TOKEN = /^[\w-]{64}$/

/** Other uses of the same secret would sign something else. */
const PURPOSE = 'ringer state'

/**
 * A token is the ring's id (16 bytes), the device's id (16 bytes), and the first 16 bytes of an HMAC-SHA256 over both, in
 * base64url. Nothing is stored for it, so every ingress with the same secret knows it, also after a restart. RFC 2104, section 5
 * allows half of an HMAC's bytes; 128 bits cannot be guessed.
 */
export function createStateUrls({ publicUrl, secrets }: StateUrlSettings): StateUrls {
  const macOf = (ids: Buffer, secret: string) =>
    createHmac('sha256', secret).update(PURPOSE).update(ids).digest().subarray(0, MAC_BYTES)

  return {
    urlOf({ ringId, deviceId }) {
      const ids = Buffer.concat([bytesOf(ringId), bytesOf(deviceId)])
      const token = Buffer.concat([ids, macOf(ids, secrets[0] ?? '')])
      return `${publicUrl}/r/${token.toString('base64url')}`
    },
    read(token) {
      if (!TOKEN.test(token)) return { ok: false, fault: 'malformed' }
      const bytes = Buffer.from(token, 'base64url')
      const ids = bytes.subarray(0, 2 * ID_BYTES)
      const mac = bytes.subarray(2 * ID_BYTES)
      // All of them are compared, whichever matches.
      const matches = secrets.filter(secret => timingSafeEqual(macOf(ids, secret), mac))
      if (matches.length === 0) return { ok: false, fault: 'wrong-signature' }
      const [ringId, deviceId] = [ids.subarray(0, ID_BYTES), ids.subarray(ID_BYTES)]
      return { ok: true, capability: { ringId: uuidOf(ringId), deviceId: deviceId.toString('hex') } }
    },
  }
}

/** The 16 bytes of a UUID, or of 32 hex digits. Throws a RangeError for anything else, which would sign another id. */
function bytesOf(id: string): Buffer {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex')
  if (bytes.length !== ID_BYTES) throw new RangeError('an id of a state URL must have 16 bytes')
  return bytes
}

const uuidOf = (bytes: Buffer) =>
  bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
