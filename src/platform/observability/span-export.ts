import {
  type Attributes,
  ROOT_CONTEXT,
  type Span as SdkSpan,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { AlwaysOnSampler, BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import type { TracesConfig } from '../config/telemetry-settings.ts'
import type { Log } from './log.ts'
import type { Span, SpanBeginning, SpanEnd, SpanRecorder } from './span.ts'
import type { TraceContext } from './trace-context.ts'

// The only file that loads OpenTelemetry's SDK; it is imported where traces are switched on.

interface Parts {
  config: TracesConfig
  version: string
  log: Log
}

/** A stopping server waits no longer for the collector, in milliseconds. */
const closeWithinMs = 3000
/** Of one attribute, in characters. */
const longestValue = 2000

const kinds = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL }

/**
 * Exports spans over OTLP, in batches beside the requests. While the collector does not answer, spans wait in a queue
 * with a bound (2,048), and further ones are dropped.
 */
export function openSpanExport({ config, version, log }: Parts): SpanRecorder {
  const { url, headers, timeoutMs, serviceName, attributes } = config
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ ...attributes, 'service.name': serviceName, 'service.version': version }),
    // Tracing has decided.
    sampler: new AlwaysOnSampler(),
    spanLimits: { attributeValueLengthLimit: longestValue },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: told(new OTLPTraceExporter({ url, headers, timeoutMillis: timeoutMs }), log),
        exportTimeoutMillis: timeoutMs,
      }),
    ],
  })
  const tracer = provider.getTracer('frontdoor', version)
  return {
    begin: (name, beginning, parent) => begin(tracer, name, beginning, parent),
    close: async () => {
      const closed = provider.shutdown().catch(() => {})
      const { promise: timeUp, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, closeWithinMs)
      await Promise.race([closed, timeUp])
      clearTimeout(timer)
    },
  }
}

/** The log tells when the collector takes no spans, and when it takes them again. */
function told(exporter: OTLPTraceExporter, log: Log): OTLPTraceExporter {
  let isFailing = false
  const send = exporter.export.bind(exporter)
  exporter.export = (spans, done) =>
    send(spans, (result) => {
      const { error: err } = result
      if (err && !isFailing) log.warn({ err }, 'the collector takes no traces')
      if (!err && isFailing) log.info('the collector takes traces again')
      isFailing = err !== undefined
      done(result)
    })
  return exporter
}

function begin(tracer: Tracer, name: string, beginning: SpanBeginning, parent: TraceContext | undefined): Span {
  const { kind, startedAt, attributes } = beginning
  const above = parent ? trace.setSpanContext(ROOT_CONTEXT, remoteContext(parent)) : ROOT_CONTEXT
  const span = tracer.startSpan(
    name,
    { kind: kinds[kind], startTime: startedAt, attributes: defined(attributes) },
    above,
  )
  return new RecordedSpan(tracer, span, parent?.state)
}

function defined(attributes: SpanBeginning['attributes'] = {}): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined))
}

function remoteContext({ traceId, spanId, isSampled }: TraceContext) {
  return { traceId, spanId, traceFlags: isSampled ? 1 : 0, isRemote: true }
}

class RecordedSpan implements Span {
  readonly context: TraceContext
  readonly #tracer: Tracer
  readonly #span: SdkSpan

  constructor(tracer: Tracer, span: SdkSpan, state: string | undefined) {
    this.#tracer = tracer
    this.#span = span
    const { traceId, spanId } = span.spanContext()
    this.context = { traceId, spanId, isSampled: true, state }
  }

  begin(name: string, { kind, startedAt, attributes }: SpanBeginning): Span {
    const above = trace.setSpan(ROOT_CONTEXT, this.#span)
    const options = { kind: kinds[kind], startTime: startedAt, attributes: defined(attributes) }
    return new RecordedSpan(this.#tracer, this.#tracer.startSpan(name, options, above), this.context.state)
  }

  rename(name: string): void {
    this.#span.updateName(name)
  }

  end({ attributes, failure }: SpanEnd = {}): void {
    if (attributes) this.#span.setAttributes(defined(attributes))
    if (failure !== undefined) {
      this.#span.setAttribute('error.type', failure)
      this.#span.setStatus({ code: SpanStatusCode.ERROR, message: failure })
    }
    this.#span.end()
  }
}
