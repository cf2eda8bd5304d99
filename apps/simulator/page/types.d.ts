// The page is plain JavaScript. Its types are the types of the data that the server sends.

export type { ProviderId } from '../src/chaos/create-chaos.ts'
export type { MidSendKillView } from '../src/chaos/create-mid-send-kill.ts'
export type { PageState } from '../src/create-simulator.ts'
export type { HandsetState, IncomingCall, PhoneId } from '../src/phones/handset-state.ts'
export type { PhoneNotification } from '../src/phones/phone-notification.ts'
export type { PhoneView, SnapshotCall } from '../src/simulation/build-snapshot.ts'
export type { PhoneTimeline, Timeline } from '../src/timeline/build-timeline.ts'
export type { PushAttempt } from '../src/timeline/list-push-attempts.ts'
