import type { ConfigGroup } from '@ringer/service'
import type { Device } from '@ringer/store'
import type { z } from 'zod'
import { apns } from './apns/apns.ts'
import { fcm } from './fcm/fcm.ts'
import type { Provider } from './provider.ts'
import { createWebpush } from './webpush/webpush.ts'

export type { Provider, ReadToken } from './provider.ts'
export { webpushAppSettings } from './webpush/settings/webpush-settings.ts'

/**
 * All providers: the light half, for processes that send nothing. The heavy half is in `senders.ts`.
 *
 * @param endpointHosts hosts of push services that apps may register although they are not public (WEBPUSH_ENDPOINT_HOSTS)
 */
export const createProviders = (endpointHosts: readonly string[] = []): readonly Provider[] => [
  apns,
  fcm,
  createWebpush(endpointHosts),
]

/** All providers, for processes that register nothing. */
export const providers = createProviders()

/** The provider that delivers pushes to a device. */
export const providerOf = <Known extends Provider>(
  device: Pick<Device, 'platform'>,
  known: readonly Known[],
): Known | undefined => known.find(provider => provider.reaches(device))

/** The settings of all providers as one group. Its result is a map from each provider's name to its settings. */
export function providerSettings(
  known: readonly Provider[],
): ConfigGroup<z.ZodRawShape, ReadonlyMap<string, unknown>> & { prefixes: string[] } {
  return {
    prefixes: known.flatMap(({ name, prefixes = [] }) => [name.toUpperCase(), ...prefixes]),
    fields: Object.assign({}, ...known.map(({ settings }) => settings.fields)),
    check: env => Object.assign({}, ...known.map(({ settings }) => settings.check?.(env))),
    build: values => new Map(known.map(({ name, settings }) => [name, settings.build(values)])),
  }
}
