import type { AnswerEvent, EndAction, EndEvent, RingEvent } from '@ringer/payloads'
import type { CallRecord, DeviceRecord, RingRecord, RingState } from './call-record.ts'
import type { Attempt } from './to-attempt.ts'

/** A ring that a job wants to have for itself. Instants in epoch ms. */
export interface RingToClaim {
  appId: string
  event: RingEvent
  receivedAt: number
  dequeuedAt: number
  deadline: number
}

/** Where a ring stands once a device's part in it is written. */
export interface SettledRing {
  state: RingState
  endAction?: EndAction | undefined
  answeredOn?: string | undefined
}

/** The single place where a call's state is kept. Every change is one script, so none is ever half done. */
export interface CallRecords {
  /** Claims a ring for the job: once claimed by one, it is a duplicate for all others. */
  claim(
    job: string,
    ring: RingToClaim,
  ): Promise<{ claim: 'claimed' | 'duplicate'; state: RingState; ringId: string }>
  /**
   * Puts devices on record as queued, or as skipped with the reason; what is on record already stays.
   * Returns all of the ring's devices that are queued, those of an earlier run of its job too.
   */
  addDevices(ringId: string, devices: Map<string, DeviceRecord>): Promise<RingRecord['devices']>
  /** Opens an attempt on a device, unless there is nothing left to ring for. */
  beginAttempt(ringId: string, deviceId: string, now: number): Promise<Attempt>
  /** Writes what became of a device, and tells where the ring stands by now. */
  recordDevice(
    ringId: string,
    deviceId: string,
    fields: Partial<DeviceRecord>,
  ): Promise<SettledRing | undefined>
  /** Ends the call's rings. Returns the rings that this job ended, and the devices of each. */
  end(job: string, appId: string, event: EndEvent, at: number): Promise<RingRecord[]>
  /** Marks rings as answered. Returns those of which this job says something new, and the devices of each. */
  answer(job: string, appId: string, event: AnswerEvent, at: number): Promise<RingRecord[]>
  /** Puts on record why nobody, or not everybody, of a called group is rung. */
  note(appId: string, sessionId: string, note: string): Promise<void>
  /** Puts on record why a ring reaches no phone. */
  noteRing(ringId: string, note: string): Promise<void>
  /** The event that a ring was claimed with, for as long as it is on record. */
  readEvent(ringId: string): Promise<{ event: RingEvent; receivedAt: number } | undefined>
  read(appId: string, sessionId: string): Promise<CallRecord | undefined>
}
