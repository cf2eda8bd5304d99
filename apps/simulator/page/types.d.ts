// The page is plain JavaScript; its types are those of what the server sends.

export type { PhoneId, PhoneState } from '../src/phones/phone-state.ts'
export type { CallView, PhoneView, Snapshot } from '../src/simulation/snapshot.ts'
export type { PhoneTimeline, Timeline } from '../src/timeline/build-timeline.ts'
