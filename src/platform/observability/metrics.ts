import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** A gauge whose value is looked up when it is read. */
export interface AskedGauge<Label extends string> {
  /** `read` sets the values. */
  from(read: (gauge: Gauge<Label>) => void | Promise<void>): void
}

/** The metrics that Prometheus reads. Labels have few values, or a bound: never a principal, never a path. */
export class Metrics {
  readonly registry = new Registry()

  readonly build = this.#gauge('build_info', 'The version of the server and of Node; always 1.', ['version', 'node'])
  readonly connections = this.#asked('connections', 'Open connections of clients.')
  readonly databaseConnections = this.#asked(
    'database_connections',
    'Connections of a pool, by server, pool (requests, reports) and state (busy, idle).',
    ['server', 'pool', 'state'],
  )
  readonly databaseConnectionsMost = this.#asked(
    'database_connections_max',
    'How many connections a pool may open, by server and pool.',
    ['server', 'pool'],
  )
  readonly databaseWaiting = this.#asked(
    'database_waiting',
    'Statements and transactions that wait for a connection, by server and pool.',
    ['server', 'pool'],
  )
  // Behind the pools, in which it waits too.
  readonly ready = this.#asked('ready', 'Whether it can serve, as /readyz says (1), or not (0).')

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
  readonly executingRequests = this.#gauge('executing_requests', 'Requests that run.')
  readonly queuedRequests = this.#gauge('queued_requests', 'Requests that wait for their turn to run.')
  readonly concurrencyLimit = this.#gauge(
    'concurrency_limit',
    'How many requests may run at once, as the server has found it.',
  )
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
  readonly namedOperations = new Histogram({
    name: 'frontdoor_named_operation_duration_seconds',
    help: 'How long operations took, by endpoint, outcome, and name: those of trusted documents, or else the first hundred.',
    labelNames: ['endpoint', 'operation', 'outcome'],
    buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [this.registry],
  })
  readonly slowOperations = this.#counter(
    'slow_operations_total',
    'Operations that took `SLOW_OPERATION_MS` or longer, by endpoint; the log says where their time went.',
    ['endpoint'],
  )
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
  readonly replicaLag = this.#gauge('replica_lag_seconds', 'How far a replica may be behind the primary.', ['replica'])
  readonly replicaUp = this.#gauge(
    'replica_up',
    'Whether a replica answers, and is a replica of the primary (1), or not (0).',
    ['replica'],
  )
  readonly responseCache = this.#counter(
    'response_cache_total',
    'Operations whose response may be cached, by result: hit, miss.',
    ['result'],
  )
  readonly responseCacheUp = this.#gauge(
    'response_cache_up',
    'Whether writes are reported, so that responses are cached (1), or not (0).',
  )
  readonly responseCacheBytes = this.#gauge('response_cache_bytes', 'Bytes that the cached responses take, rounded up.')
  readonly auditWaiting = this.#asked('audit_entries_waiting', 'Audit entries that wait in memory for the database.')
  readonly auditLost = this.#counter(
    'audit_entries_lost_total',
    'Audit entries that could not be written; the log has them whole.',
  )
  readonly feedFailures = this.#gauge(
    'feed_consumer_failures',
    'How often in a row a consumer of the feed of events (webhooks, nats) has failed to take events.',
    ['consumer'],
  )
  readonly personRequests = this.#counter(
    'person_requests_total',
    'Requests about people that were done, by kind (export, erasure, restriction, release).',
    ['kind'],
  )
  readonly retentionRows = this.#counter(
    'retention_rows_total',
    'Rows and files that were deleted because their time was over, and people whose erasure was begun, by rule.',
    ['rule'],
  )
  readonly retentionRun = this.#gauge(
    'retention_last_run_seconds',
    'When every rule of retention was last applied, as a Unix time.',
  )
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
  readonly remoteBreakerOpen = this.#gauge(
    'remote_breaker_open',
    'Whether calls to a source are refused because most failed (1), or not (0).',
    ['source'],
  )
  readonly remoteCache = this.#counter(
    'remote_cache_total',
    'Values of other services that were looked up, by source and result: hit, miss.',
    ['source', 'result'],
  )
  readonly streams = this.#gauge('streams', 'Open streams of subscriptions.')
  readonly webSockets = this.#gauge('web_sockets', 'Open WebSockets.')
  readonly exportsRunning = this.#gauge('exports_running', 'Exports that run, streams and jobs.')
  readonly exports = this.#counter(
    'exports_total',
    'Exports that ended, by kind (stream, or a run of a job) and outcome (complete, failed, broken off).',
    ['kind', 'outcome'],
  )
  readonly exportedRows = this.#counter(
    'exported_rows_total',
    'Rows that exports have written, those of lists below too.',
  )
  readonly importsRunning = this.#gauge('imports_running', 'Imports that run.')
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
  readonly sharedLimitsUp = this.#gauge(
    'shared_limits_up',
    'Whether limits are shared through Redis (1), or each replica counts for itself (0).',
  )

  #gauge<Label extends string>(name: string, help: string, labelNames: readonly Label[] = []): Gauge<Label> {
    return new Gauge({ name: `frontdoor_${name}`, help, labelNames, registers: [this.registry] })
  }

  #asked<Label extends string>(name: string, help: string, labelNames: readonly Label[] = []): AskedGauge<Label> {
    let ask: (() => void | Promise<void>) | undefined
    const collect = async () => {
      try {
        await ask?.()
      } catch {
        // A metric whose value cannot be looked up must not hide all others.
      }
    }
    const gauge = new Gauge({ name: `frontdoor_${name}`, help, labelNames, collect, registers: [this.registry] })
    return {
      from: (read) => {
        ask = () => read(gauge)
      },
    }
  }

  #counter<Label extends string>(name: string, help: string, labelNames: readonly Label[] = []): Counter<Label> {
    return new Counter({ name: `frontdoor_${name}`, help, labelNames, registers: [this.registry] })
  }
}
