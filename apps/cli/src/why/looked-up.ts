import type { CallView } from '@ringer/diagnosis'

/** What the command line asks for. Times and numbers are as they were typed. */
export interface TypedQuery {
  uid?: string | undefined
  since?: string | undefined
  limit: string
}

/** A call that was looked up. */
export interface LookedUp {
  isKnown: boolean
  view: CallView
  text: string
}

/** Where the commands look calls up. */
export interface OpenLookup {
  /** @throws Error whose message says in words what does not answer */
  find(sessionId: string): Promise<LookedUp>
  list(query: TypedQuery): Promise<LookedUp[]>
  /** Says in lines of text what is wrong now, such as that Redis refuses to store calls. Empty if nothing is. */
  warn(): Promise<string>
  /** Says in lines of text why calls may be missing. Empty if there is no sign that they are. */
  explainNone(): Promise<string>
  close(): Promise<void>
}
