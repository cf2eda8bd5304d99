// The page is plain JavaScript. Its types are the types of the data that the server sends.

export type { ProviderId } from '../src/chaos/create-chaos.ts'
export type { MidSendKillView } from '../src/chaos/create-mid-send-kill.ts'
export type { PageState as Snapshot } from '../src/create-simulator.ts'
export type { PhoneNotification } from '../src/phones/phone-notification.ts'
export type { IncomingCall, PhoneId, PhoneState } from '../src/phones/phone-state.ts'
export type { CallView, PhoneView } from '../src/simulation/build-snapshot.ts'
export type { PhoneTimeline, Timeline } from '../src/timeline/build-timeline.ts'
export type { Attempt } from '../src/timeline/list-attempts.ts'
