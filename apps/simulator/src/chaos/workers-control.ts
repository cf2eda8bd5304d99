import type { ReceivedPush } from '@ringer/fakes'

/** One of Ringer's workers; its id outlives its process. */
export type WorkerView = { id: string; pid: number; alive: boolean }

/** Power over Ringer's workers, where they are processes of whoever started the simulator. */
export type WorkersControl = {
  list: () => WorkerView[]
  /** SIGKILL. Somebody else sees to it that the worker comes back. */
  kill: (id: string) => void
  /** The worker that sent this push to Apple, where it can be told. */
  holderOf: (push: ReceivedPush) => string | undefined
  /** Is told when a worker died or came back. Returns what ends it. */
  onChange: (listener: () => void) => () => void
}
