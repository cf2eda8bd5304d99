import type { ReceivedPush } from '@ringer/fakes'

/** One of Ringer's workers. A worker that is started again keeps its id and has a new pid. */
export interface WorkerProcess {
  id: string
  pid: number
  alive: boolean
}

/** Lists and kills Ringer's workers. Available if the program that started the simulator also started the workers. */
export interface WorkersControl {
  list: () => WorkerProcess[]
  /** Sends SIGKILL. Starting the worker again is not done here. */
  kill: (id: string) => void
  /** The id of the worker that sent this push to Apple, if it can be told. */
  senderOf: (push: ReceivedPush) => string | undefined
  /** Calls the listener when a worker died or came back. Returns a function that stops it. */
  onChange: (listener: () => void) => () => void
}
