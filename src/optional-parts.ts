import type { FileStore } from './platform/bulk/file-store.ts'
import { Folder } from './platform/bulk/folder.ts'
import { ResponseCache } from './platform/cache/response-cache.ts'
import type { Config } from './platform/config/config.ts'
import type { EventFeed } from './platform/events/feed.ts'
import type { EndpointParts } from './platform/execution/endpoint.ts'
import { type MetricsServer, startMetricsServer } from './platform/http/metrics-server.ts'
import type { Log } from './platform/observability/log.ts'
import type { Metrics } from './platform/observability/metrics.ts'
import { Tracing } from './platform/observability/tracing.ts'
import { domain } from './schema.ts'

// Parts that only some configurations have.

/** Loads the NATS client only where it is used. */
export async function openRelay({ events }: Config, { database, feed, cursors, log, metrics }: EndpointParts) {
  if (events.relay === undefined) return undefined
  const { EventRelay } = await import('./platform/events/relay.ts')
  const relay = new EventRelay({
    url: events.relay,
    feed,
    transactions: database.ownTransactions,
    cursors,
    log,
    metrics,
  })
  relay.start()
  return relay
}

/** Loads the S3 client only where it is used. */
export async function openFiles({ exports: { files } }: Config): Promise<FileStore> {
  if ('folder' in files) return new Folder(files.folder)
  const { Bucket } = await import('./platform/bulk/bucket.ts')
  return new Bucket(files.bucket)
}

/** Loads OpenTelemetry's SDK only where it is used. */
export async function openTracing(
  { telemetry: { traces }, version }: Config,
  databaseUrl: string,
  log: Log,
): Promise<Tracing | undefined> {
  if (!traces) return undefined
  const { openSpanExport } = await import('./platform/observability/span-export.ts')
  const database = decodeURIComponent(new URL(databaseUrl).pathname.slice(1))
  return new Tracing(traces.sampling, openSpanExport({ config: traces, version, log }), database)
}

interface CacheParts {
  feed: EventFeed
  log: Log
  metrics: Metrics
}

export async function openCache({ cache: { bytes } }: Config, databaseUrl: string, parts: CacheParts) {
  if (bytes === 0) return undefined
  const { rowPolicies: policies, topics } = domain
  const cache = new ResponseCache({ policies, topics, bytes, databaseUrl, ...parts })
  await cache.start()
  return cache
}

export async function openMetrics(
  { metrics: { host, port } }: Config,
  metrics: Metrics,
): Promise<MetricsServer | undefined> {
  return port === undefined ? undefined : startMetricsServer(metrics, host, port)
}
