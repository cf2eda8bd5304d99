// What the guides use of @react-native-firebase/messaging 26.4.0 (the modular API).
declare module '@react-native-firebase/messaging' {
  export interface RemoteMessage {
    messageId?: string
    from?: string
    sentTime?: number
    /** Android only: 0 unknown, 1 high, 2 normal. */
    priority?: number
    originalPriority?: number
    data?: { [key: string]: string | object }
    notification?: { title?: string; body?: string }
  }
  export interface Messaging {
    readonly app: object
  }
  export function getMessaging(): Messaging
  export function getToken(messaging: Messaging): Promise<string>
  export function onMessage(messaging: Messaging, listener: (message: RemoteMessage) => unknown): () => void
  export function onTokenRefresh(messaging: Messaging, listener: (token: string) => unknown): () => void
  export function setBackgroundMessageHandler(
    messaging: Messaging,
    handler: (message: RemoteMessage) => Promise<unknown>,
  ): void
}
