/**
 * Where Google delivers a message: an app's registration token, or its Firebase installation id (FID), which replaces the token in
 * apps that register by `register()` and `onRegistered`.
 * https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
 */
export type FcmTarget = { token: string } | { fid: string }

/** What a FID begins with where tokens are stored. No registration token is this long after such a beginning. */
const STORED = /^fid:([\w-]{11,22})$/

/** The form of FIDs in Firebase's libraries. Those that were made from an instance id are shorter. */
const FID = /^[cdef][\w-]{21}$/

/** A registration token of today: the FID, and what the registration added. Google calls tokens opaque. */
const TOKEN_WITH_FID = /^([cdef][\w-]{21}):/

/** Reads the FID that an app registers: stored already, or as Firebase gives it to the app. */
export function readFid(text: string): string | undefined {
  return STORED.exec(text)?.[1] ?? FID.exec(text)?.[0]
}

export const storedFid = (fid: string): string => `fid:${fid}`

/** Reads a stored token. */
export function targetOf(stored: string): FcmTarget {
  const [, fid] = STORED.exec(stored) ?? []
  return fid === undefined ? { token: stored } : { fid }
}

/**
 * What the other registration of the same installation begins with, where tokens are stored. An installation has one of the two:
 * Google drops the registration token when an app registers by its FID.
 */
export function otherTargetOf(stored: string): string | undefined {
  const target = targetOf(stored)
  if ('fid' in target) return `${target.fid}:`
  const [, fid] = TOKEN_WITH_FID.exec(stored) ?? []
  return fid && storedFid(fid)
}
