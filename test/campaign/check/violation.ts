/** What Ringer promises never to do. */
export const violationKinds = {
  lost: 'a phone that could have been rung was not',
  doubled: 'a phone was rung twice without need, or by two names',
  late: 'a ring left after its deadline, or may be delivered after it',
  'after the end': 'a ring left although the call had ended or was answered',
  untold: 'an Android phone was rung and never told that the call was over',
  wrong: "a push that this phone should not have got: somebody else's, or no ring",
  'wrongly purged': 'a token was forgotten that its provider had not called dead',
  unrecorded: 'a call was answered 200 and is not on record, or its record is not true',
  crashed: 'a process ended by itself',
} as const
export type ViolationKind = keyof typeof violationKinds

export interface Violation {
  kind: ViolationKind
  /** In one sentence, with what was measured. */
  what: string
  sessionId?: string | undefined
  recipient?: string | undefined
  token?: string | undefined
}
