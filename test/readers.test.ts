import { type StartedRedis, startRedis } from '@ringer/fakes'
import { callPolicyGroup, loadConfig } from '@ringer/service'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorkerApp } from '../apps/worker/src/create-worker-app.ts'
import { allReaders } from './readers/all-readers.ts'
import { androidKotlinUiKit } from './readers/android-kotlin-ui-kit.ts'
import { androidLegacySample2023 } from './readers/android-legacy-sample-2023.ts'
import { androidNativeCallsPage } from './readers/android-native-calls-page.ts'
import { type CallPushes, type EveryKind, pushEveryKind } from './readers/push-every-kind.ts'
import { everyEnd, type Phone, type Push, type Reader, type Reading, readPush } from './readers/reader.ts'
import { startWorld, type World } from './world.ts'

type Settings = Required<Reader['settings']>

/** RINGER_LEGACY_PAYLOAD, by what it comes to. */
const legacyPayloads = { none: undefined, rings: 'rings', all: 'true' } as const

/** Between them, the settings that every app in the field needs. */
const settingsInTheField: Settings[] = [
  { callType: 'call', stopAction: 'exact', legacyPayload: 'none' },
  { callType: 'call', stopAction: 'cancelled', legacyPayload: 'all' },
  { callType: 'incoming_call', stopAction: 'exact', legacyPayload: 'rings' },
]

let redis: StartedRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(async () => redis.close())

it.each(allReaders)('$name has settings that serve it', reader => {
  expect(settingsInTheField.filter(settings => suits(reader, settings))).not.toEqual([])
})

describe.each(settingsInTheField)('with $callType, $stopAction, legacy: $legacyPayload', settings => {
  const readers = allReaders.filter(reader => suits(reader, settings))
  const androids = readers.filter(({ platform }) => platform === 'android')
  let world: World
  let pushed: EveryKind

  beforeAll(async () => {
    world = await startWorld({ redis })
    world.addWorker({ app: appOf(world, settings) })
    pushed = await pushEveryKind(world)
  })
  afterAll(() => world.close())

  it('rings each phone once for a call, however often it is told of', () => {
    expect(pushed.toldAgain.map(({ body }) => body.status)).toEqual(pushed.toldAgain.map(() => 'duplicate'))
    for (const [name, { voip, android }] of pushed.calls) {
      expect([voip.length, android.length], name).toEqual([1, 1])
    }
  })

  it('sends an iPhone no VoIP push but rings', () => {
    expect(pushed.voipThatRingNot).toEqual([])
    for (const [action, { voip }] of pushed.ended) expect(voip, action).toHaveLength(1)
  })

  it.each(readers)('$name reports every call, with its caller, session and kind', reader => {
    for (const [name, pushes] of pushed.calls) {
      const [push = {}] = reader.platform === 'ios' ? pushes.voip : pushes.android
      expectReport(reader, name, pushes, push)
    }
  })

  it.each(androids)('$name stops at what it knows, passes over the rest, and never rings again', reader => {
    for (const { action, ring, stop, more } of endings(pushed)) {
      expect(more, action).toEqual([])
      const { ringing, phone } = ringOn(reader, ring)
      expect(ringing.reported, action).toBe('call')
      const expected = reader.stopsAt.includes(action) ? 'ended' : 'nothing'
      expect(readPush(reader, stop, phone), action).toMatchObject({ reported: expected })
    }
  })

  it.each(androids)('$name, started by a stop, neither rings nor dies', reader => {
    for (const { action, stop } of endings(pushed)) {
      expect(readPush(reader, stop, {}).reported, action).toBe('nothing')
    }
  })

  it.each(androids)('$name takes neither chat nor a missed call for a call', reader => {
    expect(pushed.alerts.map(({ type }) => type).sort()).toEqual(['chat', 'missed_call', 'missed_call'])
    for (const alert of pushed.alerts) {
      expect(readPush(reader, alert, {}).reported).toBe('nothing')
      expect(readPush(reader, alert, { ringing: 'v1.eu.another' }).reported).toBe('nothing')
    }
  })

  it('is told of the end in the words that its settings ask for', () => {
    for (const { action, stop } of endings(pushed)) {
      const isExact = settings.stopAction === 'exact' || action === 'ongoing'
      expect(stop.callAction).toBe(isExact ? action : 'cancelled')
    }
  })

  if (settings.callType === 'call') {
    it('tells of a stop without the uid by which some apps ring at any call', () => {
      for (const { action, stop } of endings(pushed)) {
        expect(stop, action).toMatchObject({ sender: 'alice', senderName: 'Alice Moreau' })
        expect(stop, action).not.toHaveProperty('senderUid')
        const tempting = { ...stop, senderUid: 'alice' }
        expect(readPush(androidNativeCallsPage, tempting, {}).reported, action).toBe('call')
      }
    })
  }

  if (settings.callType === 'call' && settings.stopAction === 'exact') {
    it('the Kotlin sample would go on ringing, but for a call that is cancelled', () => {
      const stopped = endings(pushed).filter(({ ring, stop }) => {
        const { phone } = ringOn(androidKotlinUiKit, ring)
        return readPush(androidKotlinUiKit, stop, phone).reported === 'ended'
      })
      expect(stopped.map(({ action }) => action)).toEqual(['cancelled'])
    })
  }

  if (settings.legacyPayload === 'all') {
    it('the Java sample of 2023 would ring again at a stop', () => {
      const rungAgain = endings(pushed).filter(
        ({ stop }) => readPush(androidLegacySample2023, stop, {}).reported === 'call',
      )
      expect(rungAgain.map(({ action }) => action)).toEqual(everyEnd)
    })
  }
})

/** What an Android phone was sent of each call that ended. */
const endings = ({ ended }: EveryKind) =>
  Array.from(ended, ([action, { android }]) => {
    const [ring = {}, stop = {}, ...more] = android
    return { action, ring, stop, more }
  })

/** An app that is told of everything that there is to tell. */
function appOf(world: World, { callType, stopAction, legacyPayload }: Settings) {
  const environment = {
    RINGER_LEGACY_PAYLOAD: legacyPayloads[legacyPayload],
    RINGER_MISSED_CALL: 'true',
    RINGER_STOP_OTHER_DEVICES: 'true',
  }
  return createWorkerApp({
    app: { appId: undefined, api: undefined },
    ...loadConfig(environment, { policy: callPolicyGroup }),
    apns: world.apnsConfig(),
    fcm: { ...world.fcmConfig(), callType, stopAction },
  })
}

function suits({ settings }: Reader, { callType, stopAction, legacyPayload }: Settings): boolean {
  const agrees = (wanted: string | undefined, is: string) => wanted === undefined || wanted === is
  return (
    agrees(settings.callType, callType) &&
    agrees(settings.stopAction, stopAction) &&
    agrees(settings.legacyPayload, legacyPayload)
  )
}

/** The reading of a ring, and the phone as it is afterwards. */
function ringOn(reader: Reader, push: Push): { ringing: Reading; phone: Phone } {
  const ringing = readPush(reader, push, {})
  return { ringing, phone: { ringing: ringing.sessionId } }
}

function expectReport(reader: Reader, name: string, { call }: CallPushes, push: Push): void {
  const { ringing } = ringOn(reader, push)
  const fates = call.traits.map(trait => reader.cannotTake?.[trait])
  const fate = fates.find(found => found !== undefined)
  expect(ringing.reported, `${name} (${ringing.why})`).toBe(fate ?? 'call')
  if (fate) return
  expect(ringing.callType, name).toBe(reader.alwaysShows?.callType ?? call.callType)
  if ('sessionId' in ringing) expect(ringing.sessionId, name).toBe(call.sessionId)
  if ('callerUid' in ringing) expect(ringing.callerUid, name).toBe('alice')
  if ('uuid' in ringing) expect(ringing.uuid?.toUpperCase(), name).toBe(String(push.uuid).toUpperCase())
  const shown = reader.alwaysShows?.caller
  const showsReceiver = shown === 'the receiver' || (shown && push.receiverType === 'group')
  if (showsReceiver) expect(ringing.caller, name).toBe(push.receiverName)
  else expectCaller(ringing.caller ?? '', call.caller, name)
}

/** A name that is too long for a push is cut, but is still that name. */
function expectCaller(shown: string, caller: string, name: string): void {
  const isLong = caller.length > 100
  expect(isLong ? caller.slice(0, shown.length) : caller, name).toBe(shown)
  expect(shown.length, name).toBeGreaterThanOrEqual(isLong ? 20 : 1)
}
