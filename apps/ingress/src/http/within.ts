/** What became of something that had a limited time. */
export type Within<T> = { done: true; value: T } | { done: false }

/** Waits for a result for `limitMs` at most. A failure counts as not done; what comes later is dropped. */
export async function within<T>(limitMs: number, work: Promise<T>): Promise<Within<T>> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<Within<T>>(resolve => {
    timer = setTimeout(resolve, limitMs, { done: false })
  })
  const result = work.then(
    (value): Within<T> => ({ done: true, value }),
    (): Within<T> => ({ done: false }),
  )
  return Promise.race([result, limit]).finally(() => clearTimeout(timer))
}
