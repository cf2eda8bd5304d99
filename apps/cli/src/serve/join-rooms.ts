import { type Checks, isReady, type Room } from '@ringer/service'

/**
 * Joins the work of an ingress and of a worker into that of one process. Log and admin port are the ingress's. Each has a check of
 * its own, which contains all of its checks.
 */
export function joinRooms(ingress: Room, worker: Room): Room {
  const both = [ingress, worker]
  const describe = (checks: Checks) => ({ ready: isReady(checks), ...checks })
  return {
    ...ingress,
    checks: async () => ({
      ingress: describe(await ingress.checks()),
      worker: describe(await worker.checks()),
    }),
    graceMs: Math.max(...both.map(({ graceMs }) => graceMs)),
    async prepare() {
      await Promise.all(both.map(room => room.prepare()))
    },
    async listen() {
      const urls = await Promise.all(both.map(room => room.listen()))
      return urls.find(url => url !== undefined)
    },
    // At once: what the ingress stores meanwhile waits for the next process, and a platform grants only so much time.
    async finish() {
      await Promise.all(both.map(room => room.finish()))
    },
    async disconnect() {
      await Promise.all(both.map(room => room.disconnect()))
    },
  }
}
