// What the guides use of react-native 0.77 and later, and of its globals.
declare module 'react-native' {
  export const Platform: {
    readonly OS: 'ios' | 'android' | 'macos' | 'windows' | 'web'
    readonly Version: number | string
  }

  export const PermissionsAndroid: {
    readonly PERMISSIONS: {
      readonly RECORD_AUDIO: 'android.permission.RECORD_AUDIO'
      readonly CAMERA: 'android.permission.CAMERA'
    }
    check(permission: string): Promise<boolean>
    requestMultiple(
      permissions: string[],
    ): Promise<{ [permission: string]: 'granted' | 'denied' | 'never_ask_again' }>
  }

  /** The guide's own module; the package types it as any. */
  export const NativeModules: {
    readonly CallWindow: { close(): void; health(): Promise<never>; askForFullScreen(): void }
  }

  export const AppRegistry: {
    registerComponent(appKey: string, getComponent: () => () => import('react').ReactElement): string
  }

  export function View(props: {
    style?: object
    children?: import('react').ReactNode
  }): import('react').ReactElement
  export function Text(props: {
    style?: object
    children?: import('react').ReactNode
  }): import('react').ReactElement
  export function Button(props: {
    title: string
    onPress: () => void
    color?: string
  }): import('react').ReactElement
}

declare const __DEV__: boolean

declare const console: { warn(...data: unknown[]): void }

declare function setTimeout(callback: (...args: never[]) => void, ms: number): number
declare function clearTimeout(timer: number | undefined): void

declare class AbortController {
  readonly signal: object
  abort(): void
}

interface RequestInit {
  method?: string
  headers?: Record<string, string>
  body?: string
  signal?: object
}

declare function fetch(
  url: string,
  init: RequestInit,
): Promise<{
  readonly ok: boolean
  readonly status: number
  text(): Promise<string>
  json(): Promise<unknown>
}>
