import type { FakeApns } from '@ringer/fakes'
import type { WorkersControl } from '../src/chaos/workers-control.ts'

/** Simulates two workers. Killing one cuts all connections to Apple, as a real death cuts the worker's own. */
export function simulateWorkers(alive = ['one', 'two'], sender?: string) {
  const killed: string[] = []
  const listeners = new Set<() => void>()
  const list = () =>
    ['one', 'two'].map((id, index) => ({
      id,
      pid: 100 + index,
      alive: alive.includes(id) && !killed.includes(id),
    }))
  const control = ({ apns }: { apns: FakeApns }): WorkersControl => ({
    list,
    kill: id => {
      killed.push(id)
      apns.dropConnections()
      for (const listener of listeners) listener()
    },
    senderOf: () => sender,
    onChange: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  })
  return { control, killed }
}
