import type { StopAction } from '../jobs.ts'

/**
 * What `GET stateUrl` answers, and each event of its stream: the state of one ring, as one device is to act on it.
 * Instants are epoch ms.
 */
export interface PhoneState {
  /** `expired`: nobody answered until the deadline. */
  state: 'ringing' | 'answered' | 'ended' | 'expired'
  /** What a push would say: `initiated` rings, anything else stops. `ongoing`: answered on another phone. */
  callAction: 'initiated' | StopAction
  /** No phone rings after it. */
  deadline: number
  /** The time of the answer, by the clock that the deadline is of. */
  now: number
  caller: { uid: string; name?: string | undefined }
  /** The caller's picture. */
  avatar?: string | undefined
  /** The group that is called, if it is one. */
  group?: { guid: string; name?: string | undefined; icon?: string | undefined }
  /** Set if this device is the one that answered: it must not stop. */
  answeredHere?: true
}
