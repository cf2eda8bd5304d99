// What the guides use of react-native 0.77 and later, and of its globals.
declare module 'react-native' {
  export const Platform: { readonly OS: 'ios' | 'android' | 'macos' | 'windows' | 'web' }

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
  export const NativeModules: { readonly CallWindow: { close(): void } }

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

declare function setTimeout(callback: () => void, ms: number): number

declare function fetch(
  url: string,
  init: { method: string; headers: Record<string, string>; body: string },
): Promise<{ readonly ok: boolean; readonly status: number; text(): Promise<string> }>
