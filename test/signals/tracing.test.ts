import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished } from 'vitest'
import { deliver, initiated, register, tokens } from '../webhooks.ts'
import { it } from '../world.ts'

interface Span {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  attributes: { key: string; value: Record<string, unknown> }[]
}
interface Sent {
  resourceSpans: {
    resource: { attributes: Span['attributes'] }
    scopeSpans: { spans: Span[] }[]
  }[]
}

/** Takes spans as an OpenTelemetry collector does: JSON over HTTP. */
async function startCollector() {
  const bodies: string[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    bodies.push(Buffer.concat(chunks).toString())
    response.setHeader('content-type', 'application/json').end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const textOf = (attributes: Span['attributes'], key: string) =>
    attributes.find(attribute => attribute.key === key)?.value.stringValue
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    text: () => bodies.join('\n'),
    /** All spans, each with the service that sent it. */
    spans: () =>
      bodies.flatMap(body =>
        (JSON.parse(body) as Sent).resourceSpans.flatMap(({ resource, scopeSpans }) =>
          scopeSpans.flatMap(({ spans }) =>
            spans.map(span => ({
              ...span,
              service: textOf(resource.attributes, 'service.name'),
              session: textOf(span.attributes, 'ringer.session'),
            })),
          ),
        ),
      ),
  }
}

it('a call is one trace, from the webhook through the queue to the push of each phone', {
  timeout: 60_000,
}, async ({ world }) => {
  const collector = await startCollector()
  const settings = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }
  const ingress = await world.addIngressProcess(settings)
  await world.addWorkerProcess(settings)
  await register(ingress.url, { uid: 'bob', platform: 'ios', token: tokens.iphone })
  await register(ingress.url, { uid: 'bob', platform: 'android', token: tokens.android })
  await deliver(ingress.url, initiated())
  await world.apns.waitFor(() => world.apns.acceptedCount(tokens.iphone) === 1)

  await expect.poll(() => collector.spans().filter(({ name }) => name === 'push')).toHaveLength(2)
  await expect.poll(() => collector.spans().some(({ name }) => name === 'webhook')).toBe(true)
  const spans = collector.spans()
  const webhook = spans.find(({ name }) => name === 'webhook')
  const ofCall = spans.filter(({ traceId }) => traceId === webhook?.traceId)
  for (const push of ofCall.filter(({ name }) => name === 'push')) {
    expect(push.service).toBe('ringer-worker')
    expect(waysTo(push, ofCall)).toMatchObject([
      { service: 'ringer-worker', name: expect.stringContaining('calls') },
      { service: 'ringer-ingress', name: expect.stringContaining('calls') },
      { service: 'ringer-ingress', name: 'webhook', session: webhook?.session },
    ])
  }
  expect(ofCall.filter(({ name }) => name === 'push')).toHaveLength(2)
  for (const token of [tokens.iphone, tokens.android]) expect(collector.text()).not.toContain(token)
})

/** The spans that led to this one, the nearest first. */
function waysTo<One extends Span>(span: One, all: readonly One[]): One[] {
  const parent = all.find(({ spanId }) => spanId === span.parentSpanId)
  return parent ? [parent, ...waysTo(parent, all)] : []
}
