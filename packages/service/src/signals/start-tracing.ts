import type { BullMQOtel } from 'bullmq-otel'
import type { Env } from '../config/config-group.ts'

/** Does work in a span of its own. The attributes must hold no secret and no device token. */
export type Traced = <T>(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  work: () => Promise<T>,
) => Promise<T>

/** Traces the way of a call: from the webhook through the queue to each push. */
export interface Tracing {
  /** For BullMQ's queues and workers: a job carries the trace that it belongs to. */
  telemetry: BullMQOtel
  traced: Traced
  /** Sends what was not sent yet, for 2 s at most. */
  close(): Promise<void>
}

/** The variables of OpenTelemetry that turn tracing on. Its exporter reads them, and those for headers and certificates, itself. */
const ENDPOINTS = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT']

const SEND_EVERY_MS = 1_000
const CLOSE_LIMIT_MS = 2_000

/**
 * Starts OpenTelemetry's tracing if an endpoint is configured. Without one nothing of OpenTelemetry is loaded, and a call costs
 * nothing more. Spans are sent in batches, over OTLP and HTTP.
 * https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 *
 * @param process `ingress`, `worker` or `serve`: the service is called `ringer-ingress`, and so on, unless OTEL_SERVICE_NAME says
 *   otherwise
 */
export async function startTracing(process: string, environment: Env): Promise<Tracing | undefined> {
  if (!ENDPOINTS.some(name => environment[name])) return undefined
  const [
    api,
    core,
    { AsyncLocalStorageContextManager },
    sdk,
    { OTLPTraceExporter },
    resources,
    { BullMQOtel },
  ] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/core'),
    import('@opentelemetry/context-async-hooks'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
    import('bullmq-otel'),
  ])
  const provider = new sdk.TracerProvider({
    resource: resources.resourceFromAttributes({
      'service.name': environment.OTEL_SERVICE_NAME ?? `ringer-${process}`,
    }),
    spanProcessors: [
      new sdk.BatchSpanProcessor({ exporter: new OTLPTraceExporter(), scheduledDelayMillis: SEND_EVERY_MS }),
    ],
  })
  api.trace.setGlobalTracerProvider(provider)
  api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  api.propagation.setGlobalPropagator(new core.W3CTraceContextPropagator())
  const tracer = provider.getTracer('ringer')

  return {
    telemetry: new BullMQOtel({ tracerName: 'ringer' }),
    traced: (name, attributes, work) =>
      tracer.startActiveSpan(name, { attributes }, async span => {
        try {
          return await work()
        } catch (error) {
          span.setStatus({ code: api.SpanStatusCode.ERROR })
          throw error
        } finally {
          span.end()
        }
      }),
    async close() {
      await Promise.race([
        provider.shutdown().catch(() => {}),
        new Promise(resolve => setTimeout(resolve, CLOSE_LIMIT_MS).unref()),
      ])
    },
  }
}
