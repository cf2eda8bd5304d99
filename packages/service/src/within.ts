/** What became of something that had a limited time; `reason` is for the log. */
export type Within<T> = { done: true; value: T } | { done: false; reason: string }

/** Waits for a result for `limitMs` at most. A failure counts as not done; what comes later is dropped. */
export async function within<T>(limitMs: number, work: Promise<T>): Promise<Within<T>> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<Within<T>>(resolve => {
    timer = setTimeout(resolve, limitMs, { done: false, reason: `no answer within ${limitMs} ms` })
  })
  const result = work.then(
    (value): Within<T> => ({ done: true, value }),
    (error): Within<T> => ({ done: false, reason: reasonOf(error) }),
  )
  return Promise.race([result, limit]).finally(() => clearTimeout(timer))
}

/** Redis quotes the arguments of a command that it does not know; they may hold a device token. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.replace(/, with args.*/s, '')
}
