/**
 * Checks that every webhook was answered with 200.
 *
 * @param statuses how many were answered with each status
 * @throws with the other statuses, if not
 */
export function checkAnswers(side: string, statuses: Readonly<Record<number, number>>): void {
  const refused = Object.entries(statuses).filter(([status]) => status !== '200')
  if (refused.length === 0) return
  const list = refused.map(([status, count]) => `${count} with ${status}`).join(', ')
  throw new Error(
    `${side}: webhooks were answered ${list}. A 503 means that Redis took longer than 500 ms: is the machine busy with something else?`,
  )
}
