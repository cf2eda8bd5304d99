/**
 * What the first word of Redis's answer to a write means, and what to do.
 * https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors
 */
const REFUSALS: Readonly<Record<string, string>> = {
  OOM: 'its memory is full: raise maxmemory, or remove what else is stored there',
  MISCONF: 'it cannot write to its disk: look at its log and at the free space',
  READONLY: 'it is a replica: connect to the master',
  NOREPLICAS: 'too few of its replicas are connected (min-replicas-to-write)',
  LOADING: 'it is still loading its data: wait',
  MASTERDOWN: 'it is a replica that has lost its master',
  CLUSTERDOWN: "the Cluster's state is not ok (CLUSTER INFO)",
}

/** Says why Redis refused a write. Undefined if it was not refused, or if the connection failed. Repeats nothing of the command. */
export function explainRefusal(error: unknown): string | undefined {
  const [word = ''] = error instanceof Error ? error.message.split(' ') : []
  const reason = REFUSALS[word]
  return reason && `Redis accepts no writes (${word}): ${reason}`
}
