// What the guides use of react-native-voip-push-notification 3.3.3: index.d.ts of the package.
declare module 'react-native-voip-push-notification' {
  export type NativeEvents = {
    register: 'RNVoipPushRemoteNotificationsRegisteredEvent'
    notification: 'RNVoipPushRemoteNotificationReceivedEvent'
    didLoadWithEvents: 'RNVoipPushDidLoadWithEvents'
  }
  export type Events = keyof NativeEvents
  export type InitialEvent = {
    [Event in Events]: { name: NativeEvents[Event]; data: EventsPayload[Event] }
  }[Events]
  export type EventsPayload = {
    register: string
    notification: object
    didLoadWithEvents: Array<InitialEvent>
  }
  const RNVoipPushNotification: {
    addEventListener<Event extends Events>(type: Event, handler: (args: EventsPayload[Event]) => void): void
    removeEventListener(type: Events): void
    registerVoipToken(): void
  }
  // biome-ignore lint/style/noDefaultExport: the package has one.
  export default RNVoipPushNotification
}
