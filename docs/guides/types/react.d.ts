// What the guides use of react 18 and later.
declare module 'react' {
  export interface ReactElement {
    readonly type: unknown
    readonly props: unknown
  }
  export type ReactNode = ReactElement | string | number | boolean | null | undefined | readonly ReactNode[]

  export function useEffect(effect: () => undefined | (() => void), dependencies?: readonly unknown[]): void
  export function useSyncExternalStore<Snapshot>(
    subscribe: (onChange: () => void) => () => void,
    getSnapshot: () => Snapshot,
  ): Snapshot
}

declare module 'react/jsx-runtime' {
  export namespace JSX {
    type Element = import('react').ReactElement
    interface ElementChildrenAttribute {
      // biome-ignore lint/complexity/noBannedTypes: TypeScript only looks at the key's name.
      children: {}
    }
  }
  export const jsx: unknown
  export const jsxs: unknown
}
