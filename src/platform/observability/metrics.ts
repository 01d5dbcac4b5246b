import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** The metrics that Prometheus reads. Labels have few, fixed values: never a principal, never a path. */
export class Metrics {
  readonly registry = new Registry()

  readonly refusedCredentials = this.#counter('refused_credentials_total', 'Credentials that were not accepted.')
  readonly rateLimited = this.#counter('rate_limited_total', 'Requests refused by a rate limit, by the limit.', [
    'limit',
  ])
  readonly denials = this.#counter('denials_total', 'Operations in which a field or mutation was denied to its viewer.')
  readonly suspicious = this.#counter('suspicious_total', 'Bursts by one principal that were logged, by their kind.', [
    'kind',
  ])
  readonly refusedRequests = this.#counter(
    'refused_requests_total',
    'Requests refused before they were GraphQL, by the code of the error.',
    ['code'],
  )
  readonly shedRequests = this.#counter(
    'shed_requests_total',
    'Requests refused because the server had too much to do, by priority (known, anonymous, costly).',
    ['priority'],
  )
  readonly executingRequests = new Gauge({
    name: 'frontdoor_executing_requests',
    help: 'Requests that run.',
    registers: [this.registry],
  })
  readonly queuedRequests = new Gauge({
    name: 'frontdoor_queued_requests',
    help: 'Requests that wait for their turn to run.',
    registers: [this.registry],
  })
  readonly concurrencyLimit = new Gauge({
    name: 'frontdoor_concurrency_limit',
    help: 'How many requests may run at once, as the server has found it.',
    registers: [this.registry],
  })
  readonly droppedConnections = this.#counter(
    'dropped_connections_total',
    'Connections closed without a response because the limit was reached.',
  )
  readonly operations = new Histogram({
    name: 'frontdoor_operation_duration_seconds',
    help: 'How long operations took, by endpoint, type (query, mutation, subscription, none) and outcome (ok, refused, denied, failed).',
    labelNames: ['endpoint', 'type', 'outcome'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [this.registry],
  })
  readonly reads = this.#counter(
    'reads_total',
    'Operations that read, where there are replicas, by the server of the last read: primary, replica 1, …',
    ['database'],
  )
  readonly repeatedReads = this.#counter(
    'repeated_reads_total',
    'Reads that failed on a replica and were repeated on the primary.',
    ['replica'],
  )
  readonly replicaLag = new Gauge({
    name: 'frontdoor_replica_lag_seconds',
    help: 'How far a replica may be behind the primary.',
    labelNames: ['replica'],
    registers: [this.registry],
  })
  readonly replicaUp = new Gauge({
    name: 'frontdoor_replica_up',
    help: 'Whether a replica answers, and is a replica of the primary (1), or not (0).',
    labelNames: ['replica'],
    registers: [this.registry],
  })
  readonly responseCache = this.#counter(
    'response_cache_total',
    'Operations whose response may be cached, by result: hit, miss.',
    ['result'],
  )
  readonly responseCacheUp = new Gauge({
    name: 'frontdoor_response_cache_up',
    help: 'Whether writes are reported, so that responses are cached (1), or not (0).',
    registers: [this.registry],
  })
  readonly responseCacheBytes = new Gauge({
    name: 'frontdoor_response_cache_bytes',
    help: 'Bytes that the cached responses take, rounded up.',
    registers: [this.registry],
  })
  readonly webhookAttempts = this.#counter('webhook_attempts_total', 'Messages sent to webhooks, by outcome.', [
    'outcome',
  ])
  readonly remoteCalls = this.#counter('remote_calls_total', 'Calls to other services, by source and outcome.', [
    'source',
    'outcome',
  ])
  readonly remoteRetries = this.#counter('remote_retries_total', 'Repeated attempts of these calls, by source.', [
    'source',
  ])
  readonly remoteDuration = new Histogram({
    name: 'frontdoor_remote_call_duration_seconds',
    help: 'How long calls to other services took, with their retries, by source.',
    labelNames: ['source'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [this.registry],
  })
  readonly remoteBreakerOpen = new Gauge({
    name: 'frontdoor_remote_breaker_open',
    help: 'Whether calls to a source are refused because most failed (1), or not (0).',
    labelNames: ['source'],
    registers: [this.registry],
  })
  readonly remoteCache = this.#counter(
    'remote_cache_total',
    'Values of other services that were looked up, by source and result: hit, miss.',
    ['source', 'result'],
  )
  readonly streams = new Gauge({
    name: 'frontdoor_streams',
    help: 'Open streams of subscriptions.',
    registers: [this.registry],
  })
  readonly webSockets = new Gauge({
    name: 'frontdoor_web_sockets',
    help: 'Open WebSockets.',
    registers: [this.registry],
  })
  readonly exportsRunning = new Gauge({
    name: 'frontdoor_exports_running',
    help: 'Exports that run, streams and jobs.',
    registers: [this.registry],
  })
  readonly exports = this.#counter(
    'exports_total',
    'Exports that ended, by kind (stream, or a run of a job) and outcome (complete, failed, broken off).',
    ['kind', 'outcome'],
  )
  readonly exportedRows = this.#counter(
    'exported_rows_total',
    'Rows that exports have written, those of lists below too.',
  )
  readonly importsRunning = new Gauge({
    name: 'frontdoor_imports_running',
    help: 'Imports that run.',
    registers: [this.registry],
  })
  readonly imports = this.#counter(
    'imports_total',
    'Imports that ended, by outcome (complete, refused, failed, broken off).',
    ['outcome'],
  )
  readonly importedLines = this.#counter(
    'imported_lines_total',
    'Lines that imports have committed, by outcome (done, refused).',
    ['outcome'],
  )
  readonly sharedLimitsUp = new Gauge({
    name: 'frontdoor_shared_limits_up',
    help: 'Whether limits are shared through Redis (1), or each replica counts for itself (0).',
    registers: [this.registry],
  })

  #counter<Label extends string>(name: string, help: string, labelNames: readonly Label[] = []): Counter<Label> {
    return new Counter({ name: `frontdoor_${name}`, help, labelNames, registers: [this.registry] })
  }
}
