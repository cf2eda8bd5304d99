import { fileURLToPath } from 'node:url'
import { deliverWebhook } from '@ringer/fakes/cometchat'
import type { DrillFiles, DrillStage } from './start-drill.ts'

/** A fault that an operator finds with the runbook alone. */
export interface DrillFault {
  /** The alert that has to fire. Others may fire as well. */
  alert: string
  /** What was done. Shown at the end. */
  planted: string
  /** Settings of the processes that are part of the fault. */
  ingress?: Record<string, string>
  worker?: (files: DrillFiles) => Record<string, string>
  plant?(stage: DrillStage): unknown
}

const SHIFT_CLOCK = fileURLToPath(new URL('../../test/fixtures/shift-clock.mjs', import.meta.url))
const STRANGE_SECRET = 'somebody-elses-secret-4711'

/** One for each alert, in the order of deploy/prometheus/alerts.yml. */
export const faults: readonly DrillFault[] = [
  {
    alert: 'RingerMissedRings',
    planted: 'Google takes pushes and does not answer; rings are worth 5 s',
    ingress: { RINGER_RING_SECONDS: '5' },
    plant: ({ fcm }) => fcm.setRule(() => ({ hang: true })),
  },
  {
    alert: 'RingerWebhooksNotStored',
    planted: 'Redis has no memory left (maxmemory)',
    plant: ({ client }) => client.config('SET', 'maxmemory', '1kb'),
  },
  { alert: 'RingerRedisDown', planted: 'Redis was killed', plant: ({ redis }) => redis.kill() },
  { alert: 'RingerNoWorker', planted: 'the worker was stopped', plant: ({ worker }) => worker.close() },
  {
    alert: 'RingerOldestJob',
    planted: 'WORKER_QUEUES leaves out calls',
    worker: () => ({ WORKER_QUEUES: 'pushes-apns,pushes-fcm' }),
  },
  {
    alert: 'RingerProviderUnreachable',
    planted: "a firewall refuses connections to Apple's servers",
    plant: ({ apns }) => {
      apns.refuseConnections()
      apns.dropConnections()
    },
  },
  {
    alert: 'RingerCredentialsRefused',
    planted: 'APNS_KEY_ID is not the id of the key',
    worker: () => ({ APNS_KEY_ID: 'ANOTHERKEY' }),
  },
  {
    alert: 'RingerMassDeletion',
    planted: 'Apple says of every token that it is dead',
    plant: ({ apns }) => apns.setRule(() => ({ status: 410, reason: 'Unregistered', timestamp: Date.now() })),
  },
  {
    alert: 'RingerSlowToAccept',
    planted: 'Apple answers after 1.5 s',
    plant: ({ apns }) => apns.setRule(() => ({ delayMs: 1_500 })),
  },
  {
    alert: 'RingerSlowToScreen',
    planted: 'the phones show calls 5 s late',
    plant: ({ phones }) => phones.showAfter(5_000),
  },
  {
    alert: 'RingerWebhooksRefused',
    planted: 'somebody sends webhooks with another secret',
    plant: ({ ingress, every }) =>
      every(500, () =>
        deliverWebhook({ url: `${ingress.url}/webhooks/cometchat`, body: {}, secret: STRANGE_SECRET }),
      ),
  },
  {
    alert: 'RingerClockSkew',
    planted: "the worker's clock is 5 s ahead",
    worker: () => ({ NODE_OPTIONS: `--import ${SHIFT_CLOCK}`, TEST_CLOCK_SHIFT_MS: '5000' }),
  },
  {
    alert: 'RingerCertificateExpires',
    planted: 'the VoIP certificate expires in five days',
    worker: files => ({
      ...{ APNS_KEY_PATH: '', APNS_KEY_ID: '', APNS_TEAM_ID: '' },
      APNS_CERT_PATH: files.certificate,
    }),
  },
  {
    alert: 'RingerUnreadableRecords',
    planted: "another program has written into a phone's record",
    plant: async ({ client }) => {
      const [key = ''] = await client.keys('{ringer}:device:*')
      await client.hset(key, 'registeredAt', 'soon')
    },
  },
]
