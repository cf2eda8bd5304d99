/** A call, with what is needed to read it. */
export interface ListedCall {
  appId: string
  sessionId: string
  /** When its webhook arrived, epoch ms. */
  receivedAt: number
  /** The message that announced a meeting. Calls of one session differ in it. */
  announcedBy?: string
}

export interface CallSelector {
  /** The recipient. Default: everybody. */
  uid?: string | undefined
  /** Calls that arrived at this instant or later, epoch ms. Default: all that are on record. */
  since?: number | undefined
  /** At most this many of the newest. */
  limit: number
}
