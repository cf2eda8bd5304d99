import type { OperatorPage } from '@ringer/service'
import type { StatusView } from './create-status.ts'

/** The operator's page for an admin server. The guide is the document that verdicts link. */
export const operatorPage = (readStatus: () => Promise<StatusView>): OperatorPage => ({
  folder: new URL('../page/', import.meta.url),
  guide: { file: new URL('../../../docs/diagnoses.md', import.meta.url), path: 'docs/diagnoses.md' },
  openapi: new URL('../../../docs/openapi.json', import.meta.url),
  readStatus,
})
