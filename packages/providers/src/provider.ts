import type { LegacyPayload, StateUrls } from '@ringer/payloads'
import type { ConfigGroup, Explanation, Logger, SetupCheck } from '@ringer/service'
import type { Device, DeviceKind, Platform } from '@ringer/store'
import type { z } from 'zod'
import type { PushSender } from './sending/push-sender.ts'
import type { SenderReports } from './sending/sender-reports.ts'

/**
 * A way to a phone: the part that every process needs. Loads no vendor's library.
 *
 * `Settings` is the type of the provider's complete settings. If none of them is set, the settings are undefined and the
 * provider is off.
 */
export interface Provider<Settings = unknown> {
  /** In lower case. Part of queue names, metric labels and `WORKER_QUEUES`. */
  name: string
  /** For people, e.g. APNs. */
  title: string
  /** Which phones stay silent without this provider, e.g. iPhones. */
  phones: string
  /** The values of `platform` with which an app may register a device of this provider. */
  platforms: readonly Platform[]
  /** What a token may be used for. The first one is the default. */
  kinds: readonly [DeviceKind, ...DeviceKind[]]
  /** The error message when an app registers a token of another kind. */
  kindsRule: string
  settings: ConfigGroup<z.ZodRawShape, Settings | undefined>
  /** First words of its settings' names besides its own name, so that a misspelt setting is refused. */
  prefixes?: readonly string[]
  /** The variable to set to turn the provider on, and the error message if it is missing. */
  required: readonly [name: string, fix: string]
  /** Checks a token that an app registers, and normalises it to the form that is stored. */
  readToken(token: string): ReadToken
  /** Whether this provider delivers pushes to the device. Exactly one provider does. */
  reaches(device: Pick<Device, 'platform'>): boolean
  /** The id of a ring at the provider, which is the same on every attempt, if there is one. */
  pushId?(ringId: string, deviceId: string): string
  /** Says why the provider refuses an account, by its own words. Default: the diagnosis says all that is known. */
  explainAccount?(words: string): Explanation
  /** Whether a push may tell a phone to stop ringing. Apple forbids it: iOS takes every VoIP push for a call. */
  canStop: boolean
}

/**
 * `replaces`: what another token of the same installation begins with, if the token tells. `message` says what a token must look like
 * and never repeats the token.
 */
export type ReadToken = { ok: true; token: string; replaces?: string } | { ok: false; message: string }

/** What a sender needs besides the provider's settings. */
export interface SenderContext {
  /** Which rings carry CometChat's raw call message. */
  legacyPayload: LegacyPayload
  /** Makes the state URL that a push about a call carries. Default: pushes carry none. */
  stateUrlOf?: StateUrls['urlOf'] | undefined
  /** Epoch ms. */
  clock: () => number
  /** The HTTP proxy on the way to the provider. Default: none. */
  proxyUrl?: string | undefined
  /** Default: reports nothing. */
  reports?: SenderReports | undefined
}

/** Where a provider reports credentials that expire. */
export interface CredentialWatch {
  /** The tenant that the credentials belong to. */
  appId: string
  log: Logger
  /** Called with the instant when the credential expires, epoch ms. */
  onExpiry(expiresAt: number): void
}

/** A server that a provider's pushes or credentials are sent to. */
export interface Endpoint {
  /** https, or http for a stand-in. */
  url: string
  /** A certificate to trust besides the system's, PEM. For a stand-in. */
  ca?: string | undefined
  /** Whether it speaks nothing but HTTP/2. Default: false. */
  isHttp2?: boolean
}

/** A provider with its sender: what a worker needs. Loads the vendor's library. */
export interface SendingProvider<Settings = unknown> extends Provider<Settings> {
  createSender(settings: Settings, context: SenderContext): PushSender
  /** Reports when credentials expire, now and from time to time. Does not keep the process alive. */
  watchCredentials?(settings: Settings, watch: CredentialWatch): void
  /** The servers to which a sender with these settings connects. Default: not known, so their reach is not checked. */
  endpoints?(settings: Settings): readonly Endpoint[]
  /**
   * Checks of an account before its first push, for `ringer doctor`. None of them can ring a phone.
   *
   * @param clock returns epoch ms
   */
  checkAccount?(settings: Settings, clock: () => number, proxyUrl?: string): readonly SetupCheck[]
}
