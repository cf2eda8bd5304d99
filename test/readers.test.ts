import { providerSettings, providers } from '@ringer/providers'
import { sendingProviders } from '@ringer/providers/senders'
import { callPolicyGroup, loadConfig } from '@ringer/service'
import { describe, expect } from 'vitest'
import { createWorkerTenant } from '../apps/worker/src/create-worker-tenant.ts'
import { it } from './fixtures/redis.ts'
import { allReaders } from './readers/all-readers.ts'
import { androidKotlinUiKit } from './readers/android/kotlin-ui-kit.ts'
import { androidLegacySample2023 } from './readers/android/legacy-sample-2023.ts'
import { androidNativeCallsPage } from './readers/android/native-calls-page.ts'
import { type CallPushes, type EveryKind, pushEveryKind } from './readers/push-every-kind.ts'
import { everyEnd, type Phone, type Push, type Reader, type Reading, readPush } from './readers/reader.ts'
import { startWorld, type World } from './world.ts'

type Settings = Required<Reader['settings']>

/** The values of RINGER_LEGACY_PAYLOAD. */
const legacyPayloads = { none: undefined, rings: 'rings', all: 'true' } as const

/** Every known app works with at least one of these. */
const knownSettings: Settings[] = [
  { callType: 'call', stopAction: 'exact', legacyPayload: 'none' },
  { callType: 'call', stopAction: 'cancelled', legacyPayload: 'all' },
  { callType: 'incoming_call', stopAction: 'exact', legacyPayload: 'rings' },
]

it.each(allReaders)('$name works with one of the known settings', reader => {
  expect(knownSettings.filter(settings => suits(reader, settings))).not.toEqual([])
})

/** RINGER_PUSH_CONTENT: an app must take a call without names as well. */
const scenes = (['full', 'ids'] as const).flatMap(content =>
  knownSettings.map(settings => ({ ...settings, content })),
)

describe.each(scenes)('with $callType, $stopAction, legacy: $legacyPayload, content: $content', scene => {
  const { content, ...settings } = scene
  const readers = allReaders.filter(reader => suits(reader, settings))
  const stopped = readers.filter(({ platform }) => platform !== 'ios')
  let world: World
  let pushed: EveryKind

  it.beforeAll(async ({ redis }) => {
    world = await startWorld(redis, { ingress: { storeLimitMs: 5_000 }, tenant: { pushContent: content } })
    world.addWorker({ tenant: tenantOf(world, settings) })
    pushed = await pushEveryKind(world)
    return () => world.close()
  })
  it('rings each phone once for each call, although every webhook arrives twice', () => {
    expect(pushed.repeatAnswers.map(({ body }) => body.status)).toEqual(
      pushed.repeatAnswers.map(() => 'duplicate'),
    )
    for (const [name, { voip, android, web }] of pushed.calls) {
      expect([voip.length, android.length, web.length], name).toEqual([1, 1, 1])
    }
  })

  it('sends an iPhone no VoIP push that is not a ring', () => {
    expect(pushed.voipWithoutRing).toEqual([])
    for (const [action, { voip }] of pushed.ended) expect(voip, action).toHaveLength(1)
  })

  it.each(readers)('$name reports every call, with its caller, session and call type', reader => {
    for (const [name, pushes] of pushed.calls) {
      const [push = {}] = pushes[reader.platform === 'ios' ? 'voip' : reader.platform]
      expectReport(reader, name, pushes, push, content === 'ids' ? 'alice' : pushes.call.caller)
    }
  })

  it.each(stopped)(
    '$name stops at the actions that it knows, ignores the others, and never rings again',
    reader => {
      for (const { action, ring, stop, more } of endings(pushed, reader)) {
        expect(more, action).toEqual([])
        const { ringing, phone } = ringOn(reader, ring)
        expect(ringing.reported, action).toBe('call')
        const expected = reader.stopsAt.includes(action) ? 'ended' : 'nothing'
        expect(readPush(reader, stop, phone), action).toMatchObject({ reported: expected })
      }
    },
  )

  it.each(stopped)('$name neither rings nor crashes when a stop starts it', reader => {
    for (const { action, stop } of endings(pushed, reader)) {
      expect(readPush(reader, stop, {}).reported, action).toBe('nothing')
    }
  })

  it.each(stopped)('$name does not ring for chat or a missed call', reader => {
    expect(pushed.alerts.map(({ type }) => type).sort()).toEqual(['chat', 'missed_call', 'missed_call'])
    for (const alert of reader.platform === 'web' ? pushed.webAlerts : pushed.alerts) {
      expect(readPush(reader, alert, {}).reported).toBe('nothing')
      expect(readPush(reader, alert, { ringing: 'v1.eu.another' }).reported).toBe('nothing')
    }
  })

  it('sends the stop action that FCM_STOP_ACTION asks for', () => {
    for (const { action, stop } of endings(pushed)) {
      const isExact = settings.stopAction === 'exact' || action === 'ongoing'
      expect(stop.callAction).toBe(isExact ? action : 'cancelled')
    }
  })

  if (settings.callType === 'call') {
    it('sends stops without the senderUid that makes some apps ring at any push', () => {
      for (const { action, stop } of endings(pushed)) {
        expect(stop, action).toMatchObject({
          sender: 'alice',
          senderName: content === 'ids' ? 'alice' : 'Alice Moreau',
        })
        expect(stop, action).not.toHaveProperty('senderUid')
        const withSenderUid = { ...stop, senderUid: 'alice' }
        expect(readPush(androidNativeCallsPage, withSenderUid, {}).reported, action).toBe('call')
      }
    })
  }

  if (settings.callType === 'call' && settings.stopAction === 'exact') {
    it('the Kotlin sample would stop only for a cancelled call', () => {
      const ended = endings(pushed).filter(({ ring, stop }) => {
        const { phone } = ringOn(androidKotlinUiKit, ring)
        return readPush(androidKotlinUiKit, stop, phone).reported === 'ended'
      })
      expect(ended.map(({ action }) => action)).toEqual(['cancelled'])
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

/** The pushes to the Android phone, or to the browser, for each call that ended. */
const endings = ({ ended }: EveryKind, { platform }: Pick<Reader, 'platform'> = androidKotlinUiKit) =>
  Array.from(ended, ([action, pushes]) => {
    const [ring = {}, stop = {}, ...more] = pushes[platform === 'web' ? 'web' : 'android']
    return { action, ring, stop, more }
  })

/** A tenant with every optional push switched on. */
function tenantOf(world: World, { callType, stopAction, legacyPayload }: Settings) {
  const environment = {
    RINGER_LEGACY_PAYLOAD: legacyPayloads[legacyPayload],
    RINGER_MISSED_CALL: 'true',
    RINGER_STOP_OTHER_DEVICES: 'true',
  }
  const config = {
    cometchat: { appId: undefined, api: undefined },
    ...loadConfig(environment, { policy: callPolicyGroup }, providerSettings(providers)),
    providers: new Map<string, unknown>([
      ['apns', world.apnsSettings()],
      ['fcm', { ...world.fcmSettings(), callType, stopAction }],
    ]),
  }
  return createWorkerTenant(config, sendingProviders)
}

function suits({ settings }: Reader, { callType, stopAction, legacyPayload }: Settings): boolean {
  const agrees = (wanted: string | undefined, is: string) => wanted === undefined || wanted === is
  return (
    agrees(settings.callType, callType) &&
    agrees(settings.stopAction, stopAction) &&
    agrees(settings.legacyPayload, legacyPayload)
  )
}

/** What the app does on a ring, and the state of the phone afterwards. */
function ringOn(reader: Reader, push: Push): { ringing: Reading; phone: Phone } {
  const ringing = readPush(reader, push, {})
  return { ringing, phone: { ringing: ringing.sessionId } }
}

/** @param caller what the app should show as the caller */
function expectReport(reader: Reader, name: string, { call }: CallPushes, push: Push, caller: string): void {
  const { ringing } = ringOn(reader, push)
  const failures = call.traits.map(trait => reader.cannotTake?.[trait])
  const failure = failures.find(found => found !== undefined)
  expect(ringing.reported, `${name} (${ringing.why})`).toBe(failure ?? 'call')
  if (failure) return
  expect(ringing.callType, name).toBe(reader.alwaysShows?.callType ?? call.callType)
  if ('sessionId' in ringing) expect(ringing.sessionId, name).toBe(call.sessionId)
  if ('callerUid' in ringing) expect(ringing.callerUid, name).toBe('alice')
  if ('uuid' in ringing) expect(ringing.uuid?.toUpperCase(), name).toBe(String(push.uuid).toUpperCase())
  const shown = reader.alwaysShows?.caller
  const showsReceiver = shown === 'the receiver' || (shown && push.receiverType === 'group')
  if (showsReceiver) expect(ringing.caller, name).toBe(push.receiverName)
  else expectCaller(ringing.caller ?? '', caller, name)
}

/** A name that is too long for a push is cut, so a prefix of it is shown. */
function expectCaller(shown: string, caller: string, name: string): void {
  const isLong = caller.length > 100
  expect(isLong ? caller.slice(0, shown.length) : caller, name).toBe(shown)
  expect(shown.length, name).toBeGreaterThanOrEqual(isLong ? 20 : 1)
}
