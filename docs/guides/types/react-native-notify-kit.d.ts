// What the guides use of react-native-notify-kit 10.7.1, the maintained fork of @notifee/react-native.
declare module 'react-native-notify-kit' {
  export const AndroidImportance: { readonly LOW: 2; readonly HIGH: 4 }
  export const AndroidForegroundServiceType: {
    readonly FOREGROUND_SERVICE_TYPE_CAMERA: 64
    readonly FOREGROUND_SERVICE_TYPE_MICROPHONE: 128
  }
  export const AndroidCategory: { readonly CALL: 'call' }
  export const AndroidVisibility: { readonly PUBLIC: 1 }
  export const EventType: { readonly DISMISSED: 0; readonly PRESS: 1; readonly ACTION_PRESS: 2 }

  export interface NotificationPressAction {
    id: string
    launchActivity?: string
    mainComponent?: string
  }
  export interface NotificationAndroid {
    channelId?: string
    asForegroundService?: boolean
    foregroundServiceTypes?: (64 | 128)[]
    category?: 'call'
    importance?: 4
    visibility?: 1
    ongoing?: boolean
    autoCancel?: boolean
    loopSound?: boolean
    lightUpScreen?: boolean
    timeoutAfter?: number
    fullScreenAction?: NotificationPressAction
    pressAction?: NotificationPressAction | null
    actions?: { title: string; icon?: string; pressAction: NotificationPressAction }[]
  }
  export interface Notification {
    id?: string
    title?: string | undefined
    body?: string | undefined
    data?: { [key: string]: string | object | number }
    android?: NotificationAndroid
  }
  export interface Event {
    type: number
    detail: { notification?: Notification; pressAction?: NotificationPressAction }
  }
  interface Module {
    createChannel(channel: {
      id: string
      name: string
      importance?: 2 | 4
      visibility?: 1
      sound?: string
      vibration?: boolean
    }): Promise<string>
    requestPermission(permissions?: {
      alert?: boolean
      sound?: boolean
    }): Promise<{ authorizationStatus: -1 | 0 | 1 | 2 }>
    displayNotification(notification: Notification): Promise<string>
    cancelNotification(notificationId: string): Promise<void>
    getInitialNotification(): Promise<{
      notification: Notification
      pressAction: NotificationPressAction
    } | null>
    registerForegroundService(task: (notification: Notification) => Promise<void>): void
    stopForegroundService(): Promise<void>
    onForegroundEvent(observer: (event: Event) => void): () => void
    onBackgroundEvent(observer: (event: Event) => Promise<void>): void
  }
  const notifee: Module
  // biome-ignore lint/style/noDefaultExport: the package has one.
  export default notifee
}
