/** Something that would be left behind by a demo that is killed. */
export type Leftover =
  | { kind: 'folder'; path: string }
  /** The keys under this prefix, in a Redis that outlives the demo. */
  | { kind: 'keys'; url: string; prefix: string }
  /** A process that ends by itself when the demo is gone. It may use the folder and the keys until then. */
  | { kind: 'process'; pid: number }
