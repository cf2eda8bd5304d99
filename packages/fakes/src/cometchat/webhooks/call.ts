/** A user or a group, with what a request says about it. */
export interface Person {
  /** The uid of a user, the guid of a group. */
  uid: string
  name?: string
  /** A URL. CometChat calls a group's picture its icon. */
  avatar?: string
}

export type ReceiverType = 'user' | 'group'

/** The app and the webhook configuration that a request comes from. CometChat repeats them in every request. */
export interface Source {
  appId: string
  region: string
  webhookId: string
}

/** A media session: a call that somebody answered, or a meeting. */
export interface Session extends Source {
  sessionId: string
  callType: 'audio' | 'video'
}

/** A call, with what stays the same in all of its requests. */
export interface Call extends Session {
  caller: Person
  /** The user or the group that is called. */
  callee: Person
  /** What the callee is. Default: `user`. */
  receiverType?: ReceiverType
  /** Epoch ms. */
  initiatedAt: number
}

/** CometChat's id of a conversation: `group_<guid>`, or both uids in alphabetical order around `_user_`. */
export function conversationIdOf({
  caller,
  callee,
  receiverType,
}: Pick<Call, 'caller' | 'callee' | 'receiverType'>): string {
  return receiverType === 'group' ? `group_${callee.uid}` : [caller.uid, callee.uid].sort().join('_user_')
}
