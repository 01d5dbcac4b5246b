import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Trace, Tracing } from '../observability/tracing.ts'
import type { senderReader } from './client-address.ts'
import type { RequestFacts } from './exchange.ts'

/** The traces of requests whose responses are under way. */
export class RequestTraces {
  /** Undefined where nothing is traced. */
  readonly #tracing: Tracing | undefined
  readonly #senderOf: ReturnType<typeof senderReader>
  readonly #traces = new WeakMap<ServerResponse, Trace>()

  constructor(tracing: Tracing | undefined, senderOf: ReturnType<typeof senderReader>) {
    this.#tracing = tracing
    this.#senderOf = senderOf
  }

  /** Begins the trace of a request of the API. Neither ids in its path nor its query string are in it. */
  begin(request: IncomingMessage, response: ServerResponse, facts: RequestFacts, route: string): RequestFacts {
    if (!this.#tracing) return facts
    const { headers } = request
    const trace = this.#tracing.begin(() => spanOf(request, facts, route), {
      headers: { get: (name) => (typeof headers[name] === 'string' ? headers[name] : null) },
      isTrusted: headers.traceparent !== undefined && this.#senderOf(request).isTrusted,
    })
    this.#traces.set(response, trace)
    if (trace.span) response.once('close', () => endOf(trace, response))
    return { ...facts, trace }
  }

  idOf(response: ServerResponse): string | undefined {
    return this.#traces.get(response)?.id
  }
}

function spanOf({ method = 'GET' }: IncomingMessage, { startedAt, requestId }: RequestFacts, route: string) {
  const attributes = {
    'http.request.method': method,
    'http.route': route,
    'url.path': route,
    'url.scheme': 'http',
    'frontdoor.request.id': requestId,
  }
  return { name: `${method} ${route}`, kind: 'server' as const, startedAt, attributes }
}

function endOf({ span }: Trace, { statusCode }: ServerResponse): void {
  const failure = statusCode >= 500 ? String(statusCode) : undefined
  span?.end({ attributes: { 'http.response.status_code': statusCode }, failure })
}
