import { z } from 'zod'
import type { ConfigGroup } from '../config-group.ts'
import { integer } from '../fields.ts'

/**
 * Half of what Google allows a project by default, so that the other half is left to rings.
 * https://firebase.google.com/docs/cloud-messaging/throttling-and-quotas
 */
const ALERTS_PER_MINUTE = 300_000

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
  RINGER_ALERTS_PER_MINUTE: integer(1, 10_000_000).meta({
    description:
      'how many notifications (chat, missed calls) all workers send a minute through each provider; the others wait; rings never do',
    default: '300000',
  }),
})

/**
 * Creates the group that says which queues a worker serves, and how many notifications a minute all workers send through each
 * provider. Rings and stops are never held back. Default: all, and 300,000.
 *
 * @param queues the allowed names: `calls`, the queue of each provider, and `events`
 */
export const workerGroup = (queues: readonly string[]) => {
  const fields = fieldsOf(queues)
  return {
    fields,
    build: values => ({
      queues: values.WORKER_QUEUES,
      alertsPerMinute: values.RINGER_ALERTS_PER_MINUTE ?? ALERTS_PER_MINUTE,
    }),
  } satisfies ConfigGroup<typeof fields, unknown>
}
