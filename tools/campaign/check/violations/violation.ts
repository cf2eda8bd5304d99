/** What Ringer promises never to do, by the name that the report uses. */
export const violationKinds = {
  lost: 'a phone that had to ring did not',
  doubled: 'a phone was rung twice without need, or with two ids',
  'over the budget': 'a worker sent more second attempts than it may',
  late: 'a ring was sent after its deadline, or may be delivered after it',
  'after the end': 'a ring was sent although the call had ended or was answered',
  'not stopped': 'an Android phone was rung and got no stop when the call was over',
  wrong: "a phone got a push that it should not get: another user's, or no ring",
  'wrongly purged': 'a token was removed that its provider had not reported dead',
  'wrongly refused': 'a ring was refused although its budget had room, or rang although it was used up',
  'not registered': 'a request to register or unregister a phone was refused without a reason',
  unrecorded: 'a call was answered 200 and has no record, or a wrong one',
  'wrong state': 'a phone that asked for the state of a ring was told something else than what was so',
  'wrong receipt': 'what a phone reported is not on record, or what is on record no phone reported',
  crashed: 'a process ended unexpectedly',
} as const
export type ViolationKind = keyof typeof violationKinds

export interface Violation {
  kind: ViolationKind
  /** One sentence, with the measured values. */
  what: string
  sessionId?: string | undefined
  recipient?: string | undefined
  token?: string | undefined
}
