/** The version that runs until now, and the one that replaces it. */
export type Version = 'old' | 'new'

/** Which versions run together for a while. */
export interface Phase {
  title: string
  ingresses: readonly Version[]
  workers: readonly Version[]
  /** Stores calls before any worker runs, so that the workers find the jobs of these ingresses. Default: false. */
  stores?: boolean
  /** Stops the old worker while calls arrive, as a rolling update does. Default: false. */
  stopsOldWorker?: boolean
}

/** An upgrade in either order, and back: every pair of versions runs together. */
export const phases: readonly Phase[] = [
  { title: 'the old version alone', ingresses: ['old'], workers: ['old'] },
  { title: 'workers first: old ingress, new worker', ingresses: ['old'], workers: ['new'], stores: true },
  {
    title: 'ingresses first, or back: new ingress, old worker',
    ingresses: ['new'],
    workers: ['old'],
    stores: true,
  },
  {
    title: 'in the middle: both of each, the old worker stops',
    ingresses: ['old', 'new'],
    workers: ['old', 'new'],
    stopsOldWorker: true,
  },
  { title: 'the new version alone', ingresses: ['new'], workers: ['new'] },
]
