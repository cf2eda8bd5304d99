import {
  type BuiltBy,
  type cometchatAppGroup,
  createCometChatApi,
  type registrationGroup,
  type webhookGroup,
} from '@ringer/service'
import type { IngressApp } from './app.ts'
import type { RegistrationAuth } from './registration/authenticate.ts'

/** What the ingress is told of one app. */
export interface IngressAppConfig {
  app: BuiltBy<typeof cometchatAppGroup>
  webhook: BuiltBy<typeof webhookGroup>
  registration: BuiltBy<typeof registrationGroup>
}

/** Creates what takes one app's webhooks and registrations. */
export function createIngressApp(
  appId: string,
  { app, webhook, registration }: IngressAppConfig,
): IngressApp {
  return {
    appId,
    isNamed: app.appId !== undefined,
    ...webhook,
    registrationAuth: registration.kind === 'cometchat' ? askCometChat(app) : registration,
  }
}

/** The settings are refused before where CometChat is to be asked and its API is not known. */
function askCometChat({ api }: IngressAppConfig['app']): RegistrationAuth {
  return api ? { kind: 'cometchat', check: createCometChatApi(api).checkAuthToken } : { kind: 'closed' }
}
