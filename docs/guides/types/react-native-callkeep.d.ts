// What the guides use of react-native-callkeep 4.3.16: index.d.ts of the package.
declare module 'react-native-callkeep' {
  export type NativeEvents = {
    answerCall: 'RNCallKeepPerformAnswerCallAction'
    endCall: 'RNCallKeepPerformEndCallAction'
    didDisplayIncomingCall: 'RNCallKeepDidDisplayIncomingCall'
    didLoadWithEvents: 'RNCallKeepDidLoadWithEvents'
  }
  export type Events = keyof NativeEvents
  export type InitialEvents = Array<
    { [Event in Events]: { name: NativeEvents[Event]; data: EventsPayload[Event] } }[Events]
  >
  export type EventsPayload = {
    answerCall: { callUUID: string }
    endCall: { callUUID: string }
    didDisplayIncomingCall: {
      error?: string
      errorCode?:
        | 'Unentitled'
        | 'CallUUIDAlreadyExists'
        | 'FilteredByDoNotDisturb'
        | 'FilteredByBlockList'
        | 'Unknown'
      callUUID: string
      handle: string
      localizedCallerName: string
      hasVideo: '1' | '0'
      fromPushKit: '1' | '0'
      payload: object
    }
    didLoadWithEvents: InitialEvents
  }
  export const CONSTANTS: {
    END_CALL_REASONS: {
      FAILED: 1
      REMOTE_ENDED: 2
      UNANSWERED: 3
      ANSWERED_ELSEWHERE: 4
      DECLINED_ELSEWHERE: 5 | 2
      MISSED: 2 | 6
    }
  }
  export class EventListener {
    remove(): void
  }
  const RNCallKeep: {
    addEventListener<Event extends Events>(
      type: Event,
      handler: (args: EventsPayload[Event]) => void,
    ): EventListener
    reportEndCallWithUUID(uuid: string, reason: number): void
  }
  // biome-ignore lint/style/noDefaultExport: the package has one.
  export default RNCallKeep
}
