/** A job in hand: it belongs to this worker for as long as the lock with this token lives. */
interface HeldJob {
  id: string
  token: string
}

/** Keeps the locks of jobs while they are in hand. */
export interface LockRenewal {
  /** Renews the job's lock until `work` is over. */
  during<T>(job: HeldJob, work: () => Promise<T>): Promise<T>
  close(): void
}

/**
 * Renews locks in place of BullMQ, whose own renewal knows a job by its id alone. When a job goes back into the queue and
 * another slot of the same worker takes it at once, the end of the first handling also ended the renewal of the second. Its
 * lock then expired while its push was under way, and another worker sent the push again.
 *
 * @param options.lockMs how long a lock lives. It is renewed when between a quarter and half of its time is over.
 * @param options.extend writes the locks anew. Resolves with the ids of the jobs whose locks were lost.
 */
export function createLockRenewal(options: {
  lockMs: number
  extend(ids: string[], tokens: string[], lockMs: number): Promise<string[]>
  onError(error: Error): void
}): LockRenewal {
  const { lockMs, extend, onError } = options
  /** The jobs in hand, with when their locks were written (`performance.now()`). */
  const held = new Map<HeldJob, number>()
  const everyMs = lockMs / 4
  let timer: NodeJS.Timeout | undefined

  const renew = async () => {
    const now = performance.now()
    const due = Array.from(held.keys()).filter(job => now - (held.get(job) ?? now) >= everyMs)
    if (due.length === 0) return
    for (const job of due) held.set(job, now)
    const ids = due.map(job => job.id)
    const tokens = due.map(job => job.token)
    const lost = await extend(ids, tokens, lockMs)
    if (lost.length > 0) onError(new Error(`the locks of ${lost.length} jobs were lost, such as ${lost[0]}`))
  }
  const renewInTurn = () => {
    // The next round waits for this one: while Redis is away, renewals must not pile up.
    timer = setTimeout(() => void renew().catch(onError).then(renewInTurn), everyMs).unref()
  }
  renewInTurn()

  return {
    async during(job, work) {
      held.set(job, performance.now())
      try {
        return await work()
      } finally {
        held.delete(job)
      }
    },
    close: () => clearTimeout(timer),
  }
}
