import type { ReceivedPush } from '@ringer/fakes'
import type { WebhookCredentials } from '../cometchat.ts'
import { bobsPhones } from '../phones/bobs-phones.ts'
import { carolsPhone } from '../phones/carols-phone.ts'
import { createPhones } from '../phones/create-phones.ts'
import { createTrays } from '../phones/create-trays.ts'
import type { Handset } from '../phones/handset.ts'
import type { PhoneId } from '../phones/phone-state.ts'
import type { Registration } from '../phones/register-phones.ts'
import type { ReadCall } from '../timeline/watch-calls.ts'
import type { CallEntry } from './call-entry.ts'
import { createCallBook } from './create-call-book.ts'
import { type Caller, createCaller } from './create-caller.ts'
import { createCourier } from './create-courier.ts'
import { createLog, type Log } from './create-log.ts'
import { createMessenger, type Messenger } from './create-messenger.ts'
import { createRecipient, type Recipient } from './create-recipient.ts'
import { createRecordFollower } from './create-record-follower.ts'
import { handsetOf, sourceOf } from './handset-of.ts'
import { bob, carol } from './people.ts'
import { receivePush } from './receive-push.ts'
import type { Scene } from './scene.ts'
import { buildSnapshot, type Snapshot } from './snapshot.ts'

export type Simulation = {
  alice: Omit<Caller, 'close'>
  /** Whoever is called: Bob, or one of the group. */
  recipient: Recipient
  messenger: Messenger
  /** Every phone on the page; Bob's come first. */
  handsets: readonly Handset[]
  /** Each phone: true once the ingress has taken it, or what is wrong. */
  checks: () => Record<PhoneId, true | string>
  receive: (phone: PhoneId, push: ReceivedPush) => void
  followRecord: (sessionId: string) => Promise<void>
  /** Writes a line of the page's log. */
  note: Log['add']
  findCall: (sessionId: string) => CallEntry | undefined
  noteRegistration: (phone: PhoneId, registration: Registration) => void
  snapshot: () => Snapshot
  close: () => void
}

/** Alice, Bob, Carol and CometChat between them, without any server. */
export function createSimulation(deps: {
  ingressUrl: string
  credentials: WebhookCredentials
  registrationKey?: string | undefined
  appId: string
  ringSeconds: number
  readCall: ReadCall
  onChange: () => void
  onError: (error: unknown) => void
  clock?: () => number
}): Simulation {
  const clock = deps.clock ?? Date.now
  const changed = deps.onChange
  const log = createLog({ clock })
  const handsets = [...bobsPhones(bob.uid), carolsPhone(carol.uid)]
  const phones = createPhones({
    clock,
    onDeadline: phone => {
      log.add(sourceOf(handsetOf({ handsets }, phone)), 'stops by itself: the ring’s time is over')
      changed()
    },
  })
  const courier = createCourier({ ...deps, log, changed })
  const trays = createTrays({ clock })
  const book = createCallBook(handsets)
  const scene: Scene = { ...deps, clock, book, handsets, phones, trays, log, courier, changed }
  const caller = createCaller(scene)
  const followRecord = createRecordFollower(scene, deps)
  const registrations: Record<PhoneId, Registration> = {
    iphone: { status: 'registering' },
    android: { status: 'registering' },
    'carols-android': { status: 'registering' },
  }

  return {
    alice: caller,
    recipient: createRecipient(scene, { ...deps, hangUp: caller.hangUp }),
    messenger: createMessenger(scene),
    handsets,
    checks: () => ({
      iphone: checkOf(registrations.iphone),
      android: checkOf(registrations.android),
      'carols-android': checkOf(registrations['carols-android']),
    }),
    receive: (phone, push) => {
      receivePush(scene, phone, push)
      // What the worker has on record by now, whether or not it lives to finish the job and to say so.
      if (typeof push.data.sessionId === 'string') void followRecord.now(push.data.sessionId)
    },
    followRecord: followRecord.now,
    note: (source, text) => {
      log.add(source, text)
      changed()
    },
    findCall: scene.book.find,
    noteRegistration: (phone, registration) => {
      registrations[phone] = registration
      changed()
    },
    snapshot: () => buildSnapshot(scene, registrations),
    close: () => {
      caller.close()
      followRecord.close()
      phones.close()
      courier.close()
    },
  }
}

function checkOf(registration: Registration): true | string {
  return registration.status === 'registered' || (registration.reason ?? 'not registered yet')
}
