/** Which pushes an order is for. */
export interface OrderScope {
  /** Only pushes to this token; any token without it. */
  token?: string
  /** For how many pushes, 1 unless told; `Infinity` until `clearOrders()`. */
  times?: number
}

export interface FaultOrders<F> {
  order(fault: F, scope?: OrderScope): void
  /** The fault for a push to this token, if one was ordered; counts it as used. */
  take(token: string | null): F | null
  clear(): void
}

/** Orders are obeyed first come, first served, each for its own pushes. */
export function createFaultOrders<F>(): FaultOrders<F> {
  let orders: { fault: F; token: string | null; left: number }[] = []
  return {
    order(fault, { token, times = 1 } = {}) {
      orders.push({ fault, token: token ?? null, left: times })
    },
    take(token) {
      const found = orders.find(order => order.token === null || order.token === token)
      if (!found) return null
      found.left -= 1
      if (found.left <= 0) orders = orders.filter(order => order !== found)
      return found.fault
    },
    clear() {
      orders = []
    },
  }
}
