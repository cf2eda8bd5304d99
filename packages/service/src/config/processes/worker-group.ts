import { z } from 'zod'
import type { ConfigGroup } from '../config-group.ts'

const fieldsOf = (queues: readonly string[]) => ({
  WORKER_QUEUES: z
    .string()
    .default(queues.join(','))
    .transform(list => list.split(',').map(name => name.trim()))
    .refine(
      names => names.every(name => queues.includes(name)),
      `must be a list of some of ${queues.join(', ')}`,
    )
    .meta({
      description: 'some of `calls`, `pushes-apns`, `pushes-fcm`, `pushes-webpush`, `events`',
      default: 'all',
    }),
})

/**
 * Creates the group that says which queues a worker serves. Default: all.
 *
 * @param queues the allowed names: `calls`, the queue of each provider, and `events`
 */
export const workerGroup = (queues: readonly string[]) => {
  const fields = fieldsOf(queues)
  return {
    fields,
    build: values => ({ queues: values.WORKER_QUEUES }),
  } satisfies ConfigGroup<typeof fields, unknown>
}
