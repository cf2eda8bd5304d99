// The page is plain JavaScript; its types are those of what the server sends.

export type { PageState as Snapshot } from '../src/app.ts'
export type { ProviderId } from '../src/chaos/create-chaos.ts'
export type { MidSendKillView } from '../src/chaos/create-mid-send-kill.ts'
export type { PhoneNotification } from '../src/phones/phone-notification.ts'
export type { IncomingCall, PhoneId, PhoneState } from '../src/phones/phone-state.ts'
export type { CallView, PhoneView } from '../src/simulation/snapshot.ts'
export type { PhoneTimeline, Timeline } from '../src/timeline/build-timeline.ts'
