/**
 * What the first word of Redis's answer to a write means, and what to do.
 * https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors
 */
const REFUSALS: Readonly<Record<string, [what: string, fix: string]>> = {
  OOM: ['its memory is full', 'raise maxmemory, or remove what else is stored there'],
  MISCONF: ['it cannot write to its disk', 'look at its log and at the free space'],
  READONLY: ['it is a replica', 'connect to the master'],
  NOREPLICAS: ['too few of its replicas are connected', 'start them, or see min-replicas-to-write'],
  LOADING: ['it is still loading its data', 'wait'],
  MASTERDOWN: ['it is a replica that has lost its master', 'connect to the master, or start it'],
  CLUSTERDOWN: ["the Cluster's state is not ok", 'see CLUSTER INFO'],
}

/** Says why Redis refused a write. Undefined if it was not refused, or if the connection failed. Repeats nothing of the command. */
export function explainRedisRefusal(error: unknown): string | undefined {
  const word = wordOf(error)
  const reason = REFUSALS[word]
  return reason && `Redis accepts no writes (${word}): ${reason.join(': ')}`
}

/** The same in two parts: what is wrong with Redis, and what to do. */
export function readRefusal(error: unknown): { sentence: string; fix: string } | undefined {
  const word = wordOf(error)
  const [what, fix] = REFUSALS[word] ?? []
  return what !== undefined && fix !== undefined ? { sentence: `${what} (${word})`, fix } : undefined
}

const wordOf = (error: unknown) => (error instanceof Error ? error.message.split(' ') : [])[0] ?? ''
