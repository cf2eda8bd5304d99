import { providers } from '@ringer/providers'
import {
  appsFileGroup,
  budgetsGroup,
  callPolicyGroup,
  cometchatGroup,
  eventsGroup,
  processGroup,
  proxyGroup,
  redisGroup,
  registrationGroup,
  retentionGroup,
  stateGroup,
  text,
  webhookGroup,
  workerGroup,
} from '@ringer/service'
import type { z } from 'zod'

/** Settings that a document shows together, in the order of their schemas. */
export interface SettingsSection {
  title: string
  fields: z.ZodRawShape
  /** A sentence for the document. */
  intro?: string
}

/** OpenTelemetry's exporter reads these itself: they have no schema elsewhere. */
const tracing = {
  OTEL_EXPORTER_OTLP_ENDPOINT: text.meta({
    description:
      'where [traces of calls](operations.md#traces) are sent (OTLP over HTTP), such as `http://collector:4318`; nothing is traced without it',
  }),
}

/** All settings in the order of the documents: first what everybody needs, then what is optional. */
export const settingsSections: readonly SettingsSection[] = [
  { title: 'Redis', fields: redisGroup.fields },
  { title: "CometChat's webhook, and what rings", fields: webhookGroup.fields },
  { title: 'Who may register a phone', fields: registrationGroup.fields },
  ...providers.map(({ title, phones, settings }) => ({
    title: `${title}: ${phones}`,
    fields: settings.fields,
  })),
  { title: "CometChat's app and its API", fields: cometchatGroup.fields },
  { title: 'State URLs: the way back from the phone', fields: stateGroup.fields },
  { title: 'What else phones are told', fields: callPolicyGroup.fields },
  { title: 'Budgets', fields: budgetsGroup.fields },
  { title: 'Events for your backend', fields: eventsGroup.fields },
  {
    title: 'Where the processes listen, and what they log',
    fields: processGroup({ port: 0, adminPort: 0 }).fields,
  },
  { title: 'How long calls are kept', fields: retentionGroup.fields },
  { title: 'The way out', fields: proxyGroup.fields },
  {
    title: 'Which queues a worker serves, and how fast it sends notifications',
    fields: workerGroup([]).fields,
  },
  { title: 'Several apps', fields: appsFileGroup.fields },
  { title: 'Traces', fields: tracing },
]
