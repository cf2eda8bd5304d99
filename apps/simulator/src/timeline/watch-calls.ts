import type { CallRecord } from '@ringer/store'

/** Tells of every change of a call's record; returns how to stop listening. */
export type WatchCalls = (listener: (sessionId: string) => void) => () => void

/** Ringer's own record of a call, if it has one. */
export type ReadCall = (sessionId: string) => Promise<CallRecord | undefined>
