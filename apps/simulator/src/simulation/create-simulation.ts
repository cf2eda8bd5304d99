import { setTimeout as delay } from 'node:timers/promises'
import type { ReceivedPush } from '@ringer/fakes'
import type { SigningCredentials } from '@ringer/fakes/cometchat'
import { createLapses } from '../calls/create-lapses.ts'
import { createRecordFollower } from '../calls/create-record-follower.ts'
import { type Caller, createCaller } from '../people/create-caller.ts'
import { createMessenger, type Messenger } from '../people/create-messenger.ts'
import { createRecipient, type Recipient } from '../people/create-recipient.ts'
import { createHandsetStates } from '../phones/create-handset-states.ts'
import { createTrays } from '../phones/create-trays.ts'
import type { Handset } from '../phones/handset.ts'
import type { PhoneId } from '../phones/handset-state.ts'
import type { PhoneRegistration } from '../phones/register-phones.ts'
import { bobsLaptop, bobsPhones, carolsPhone } from '../phones/simulated-phones.ts'
import { createStateAsker } from '../pushes/create-state-asker.ts'
import { pushDeadline } from '../pushes/push-deadline.ts'
import { receivePush } from '../pushes/receive-push.ts'
import { type CallEntry, isLive } from '../scene/call-entry.ts'
import { createCallBook } from '../scene/create-call-book.ts'
import { createCourier } from '../scene/create-courier.ts'
import { createLog, type Log, sourceOf } from '../scene/create-log.ts'
import { bob, carol } from '../scene/people.ts'
import { handsetOf, type Scene } from '../scene/scene.ts'
import type { ReadCall } from '../watch-store.ts'
import { buildSnapshot, type Snapshot } from './build-snapshot.ts'

export interface Simulation {
  alice: Omit<Caller, 'close'>
  /** The person called: Bob, or a member of the group. */
  recipient: Recipient
  messenger: Messenger
  /** Every phone on the page. Bob's come first. */
  handsets: readonly Handset[]
  /** For each phone, true if it is registered with the ingress, otherwise what is wrong. */
  checks: () => Record<PhoneId, true | string>
  /** @param standInUrl the provider that the push reached */
  receive: (phone: PhoneId, push: ReceivedPush, standInUrl: string) => void
  followRecord: (sessionId: string) => Promise<void>
  /** Adds a line to the page's log. */
  addToLog: Log['add']
  log: Pick<Log, 'exchange'>
  /** Ends the call, if there is one. Resolves when every phone is quiet, at the latest after a second. */
  endCall: () => Promise<void>
  /** In Focus, a phone lets no call through. */
  setFocus: (phone: PhoneId, inFocus: boolean) => void
  findCall: (sessionId: string) => CallEntry | undefined
  setRegistration: (phone: PhoneId, registration: PhoneRegistration) => void
  snapshot: () => Snapshot
  close: () => void
}

/** Creates Alice, Bob, Carol and the part of CometChat between them, without a server. */
export function createSimulation(deps: {
  ingressUrl: string
  credentials: SigningCredentials
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
  const handsets = [...bobsPhones(bob.uid), bobsLaptop(bob.uid), carolsPhone(carol.uid)]
  const phones = createHandsetStates({
    clock,
    onDeadline: phone => {
      log.add(sourceOf(handsetOf({ handsets }, phone)), 'stops by itself: the ring has expired')
      changed()
    },
  })
  const courier = createCourier({ ...deps, log, changed })
  const trays = createTrays({ clock })
  const book = createCallBook(handsets)
  const stateAsker = createStateAsker({
    ...{ phones, log, clock, changed },
    // No job ends when a receipt arrives, so no event announces it.
    onReceipt: sessionId => void recordFollower.follow(sessionId),
  })
  const closing = new AbortController()
  const scene: Scene = {
    ...{ ...deps, clock, book, handsets, phones, trays, log, stateAsker, courier, changed },
    closing: closing.signal,
  }
  const caller = createCaller(scene)
  const recordFollower = createRecordFollower(scene, deps)
  const lapses = createLapses(scene)
  const registrations: Record<PhoneId, PhoneRegistration> = {
    iphone: { status: 'registering' },
    android: { status: 'registering' },
    laptop: { status: 'registering' },
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
      laptop: checkOf(registrations.laptop),
      'carols-android': checkOf(registrations['carols-android']),
    }),
    receive: (phone, push, standInUrl) => {
      receivePush(scene, phone, push, standInUrl)
      // The worker may die before its job ends, and then no event announces what it has recorded so far.
      const { sessionId } = push.data
      if (typeof sessionId !== 'string') return
      void recordFollower.follow(sessionId)
      lapses.watch(sessionId, pushDeadline(push))
    },
    followRecord: recordFollower.follow,
    addToLog: (source, text) => {
      log.add(source, text)
      changed()
    },
    endCall: () => endShownCall(scene, caller),
    setFocus: (phone, inFocus) => {
      phones.setFocus(phone, inFocus)
      changed()
    },
    log,
    findCall: scene.book.find,
    setRegistration: (phone, registration) => {
      registrations[phone] = registration
      changed()
    },
    snapshot: () => buildSnapshot(scene, registrations),
    close: () => {
      caller.close()
      recordFollower.close()
      lapses.close()
      stateAsker.close()
      closing.abort()
      phones.close()
      courier.close()
    },
  }
}

/** How long a phone may take to hear that the call is over, before it is quieted by hand. */
const QUIET_LIMIT_MS = 1_000

async function endShownCall(scene: Scene, alice: Caller): Promise<void> {
  const entry = scene.book.newest()
  if (!entry || !isLive(entry)) return
  const { sessionId } = entry.call
  await (entry.phase === 'ringing' ? alice.cancel(sessionId) : alice.hangUp(sessionId))
  const isQuiet = () => scene.handsets.every(({ id }) => scene.phones.shows(id, sessionId) === undefined)
  const limit = scene.clock() + QUIET_LIMIT_MS
  while (!isQuiet() && scene.clock() < limit) await delay(20)
  for (const { id } of scene.handsets) scene.phones.stop(id, sessionId, 'cancelled', 'connection')
}

function checkOf(registration: PhoneRegistration): true | string {
  return registration.status === 'registered' || (registration.reason ?? 'not registered yet')
}
