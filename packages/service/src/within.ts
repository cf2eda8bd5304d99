/** The result of work that had a time limit. `reason` is for the log. */
export type Within<T> = { done: true; value: T } | { done: false; reason: string }

/** Waits for a result for at most `limitMs`. A failure counts as not done. A result that comes later is dropped. */
export function within<T>(limitMs: number, work: Promise<T>): Promise<Within<T>> {
  return new Promise(resolve => {
    const settle = (result: Within<T>) => {
      clearTimeout(timer)
      resolve(result)
    }
    const timer = setTimeout(
      () => resolve({ done: false, reason: `no answer within ${limitMs} ms` }),
      limitMs,
    )
    work.then(
      value => settle({ done: true, value }),
      error => settle({ done: false, reason: reasonOf(error) }),
    )
  })
}

/** Cuts off the arguments that Redis quotes when it does not know a command: a device token may be among them. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.replace(/, with args.*/s, '')
}
