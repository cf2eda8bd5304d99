/** Something that would be left behind by a demo that is killed. */
export type Leftover =
  | { kind: 'folder'; path: string }
  /** The keys under this prefix, in a Redis that outlives the demo. */
  | { kind: 'keys'; url: string; prefix: string }
  | { kind: 'process'; pid: number }

/** What the demo tells the janitor. Without `leftover`: the one with this id is gone. */
export interface LeftoverChange {
  id: string
  leftover?: Leftover
}
