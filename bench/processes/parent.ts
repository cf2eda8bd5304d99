/** A question that the bench asks one of its processes. */
export interface Question {
  id: number
  ask: string
  with: unknown
}

/** The answer. With an `error`, the question failed. */
export interface ProcessAnswer {
  id: number
  answer?: unknown
  error?: string
}

/** The options that the parent process started this one with. */
export const readOptions = <T>(): T => JSON.parse(process.env.BENCH_OPTIONS ?? '{}') as T

/**
 * Tells the parent process that this one is ready, and answers its questions from now on. Ends this process when the parent
 * has gone.
 */
export function serveParent(
  ready: object,
  // biome-ignore lint/suspicious/noExplicitAny: each handler checks nothing, because both ends are the bench's own
  handlers: Record<string, (argument: any) => unknown> = {},
): void {
  process.on('disconnect', () => process.exit())
  process.on('message', async ({ id, ask, with: argument }: Question) => {
    try {
      process.send?.({ id, answer: await handlers[ask]?.(argument) } satisfies ProcessAnswer)
    } catch (error) {
      process.send?.({
        id,
        error: error instanceof Error ? error.message : String(error),
      } satisfies ProcessAnswer)
    }
  })
  process.send?.({ ready })
}
