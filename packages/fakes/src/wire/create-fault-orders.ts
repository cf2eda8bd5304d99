/** Which pushes an order applies to. */
export interface OrderScope {
  /** Only pushes to this token. Default: any token. */
  token?: string
  /** Only pushes on the connection with this number. Default: any connection. */
  connection?: number
  /** The number of pushes. Default: 1. `Infinity` lasts until `clearOrders()`. */
  times?: number
}

/** Decides what to do with a push that no order matches; null to answer as usual. */
export type Rule<F> = (push: { token: string | null; connection: number }) => F | null

export interface FaultOrders<F> {
  order(fault: F, scope?: OrderScope): void
  /** Sets the rule for the pushes that no order matches, in place of the present one. null: no rule. */
  setRule(rule: Rule<F> | null): void
  /** Returns the fault that is ordered for this push, if any, and counts the order as used; else what the rule says. */
  take(push: { token: string | null; connection: number }): F | null
  /** Ends all orders and the rule. */
  clear(): void
}

/** Keeps the orders for faults. Of those that match a push, the oldest is used first. */
export function createFaultOrders<F>(): FaultOrders<F> {
  let rule: Rule<F> | null = null
  let orders: { fault: F; token: string | undefined; connection: number | undefined; left: number }[] = []
  return {
    order(fault, { token, connection, times = 1 } = {}) {
      orders.push({ fault, token, connection, left: times })
    },
    setRule(next) {
      rule = next
    },
    take(push) {
      const found = orders.find(
        ({ token, connection }) =>
          (token === undefined || token === push.token) &&
          (connection === undefined || connection === push.connection),
      )
      if (!found) return rule?.(push) ?? null
      found.left -= 1
      if (found.left <= 0) orders = orders.filter(order => order !== found)
      return found.fault
    },
    clear() {
      orders = []
      rule = null
    },
  }
}
