import type { PushService } from './create-push-service.ts'

/** Push services by their origin. */
export interface Services {
  /** Returns the service, or undefined if there is no place for one more. */
  at(origin: string): PushService | undefined
  /** Whether so many rings would leave at once. Default: 1 */
  hasRoom(origin: string, rings?: number): boolean
  close(): Promise<unknown>
}

/** @param most how many are kept at once. One that is idle makes room for the next one */
export function createServices(most: number, create: (origin: string) => PushService): Services {
  /** The one that was used last at the end. */
  const services = new Map<string, PushService>()

  function removeIdle(): boolean {
    for (const [origin, service] of services) {
      if (service.inHand() > 0) continue
      services.delete(origin)
      void service.close()
      return true
    }
    return false
  }

  return {
    at(origin) {
      const known = services.get(origin)
      services.delete(origin)
      if (!known && services.size >= most && !removeIdle()) return undefined
      const service = known ?? create(origin)
      services.set(origin, service)
      return service
    },
    hasRoom: (origin, rings) => services.get(origin)?.hasRoom(rings) ?? true,
    close: () => Promise.all(Array.from(services.values(), service => service.close())),
  }
}
