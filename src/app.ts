import { join } from 'node:path'
import { demoViewers } from '../prisma/demo/viewers.ts'
import { KeyVerifier } from './platform/api-keys/key-verifier.ts'
import { insertEntries } from './platform/audit/audit-entry.ts'
import { AuditTrail } from './platform/audit/audit-trail.ts'
import { Authenticator } from './platform/auth/authenticate.ts'
import { developmentKeys, developmentSecret, developmentToken } from './platform/auth/development-keys.ts'
import { PublishedKeys } from './platform/auth/published-keys.ts'
import { type TokenProvider, TokenVerifier } from './platform/auth/token-verifier.ts'
import { ResponseCache } from './platform/cache/response-cache.ts'
import type { Config } from './platform/config/config.ts'
import { Database } from './platform/database/client.ts'
import { Migrations } from './platform/database/migrations.ts'
import { hasPrivileges } from './platform/database/privileges.ts'
import { type ReadinessCheck, readiness } from './platform/database/readiness.ts'
import { EventFeed } from './platform/events/feed.ts'
import { partitionOutbox } from './platform/events/retention.ts'
import { createEndpoint, type EndpointParts } from './platform/execution/endpoint.ts'
import { countStatement, requestScope } from './platform/execution/request-scope.ts'
import { FieldUsage } from './platform/field-usage/field-usage.ts'
import { addUses, forgetOldUses } from './platform/field-usage/field-use.ts'
import { CursorCodec } from './platform/graphql/cursor.ts'
import { requireFree } from './platform/http/listener.ts'
import { type MetricsServer, startMetricsServer } from './platform/http/metrics-server.ts'
import { startServer } from './platform/http/server.ts'
import { openLimits } from './platform/limits/limits.ts'
import { forgetOldKeys } from './platform/mutations/idempotency.ts'
import type { Log } from './platform/observability/log.ts'
import { Metrics } from './platform/observability/metrics.ts'
import { Pages } from './platform/pages/pages.ts'
import { TrustedDocuments } from './platform/trusted-documents/trusted-documents.ts'
import { forgetOldDeliveries } from './platform/webhooks/deliveries.ts'
import { Webhooks } from './platform/webhooks/webhooks.ts'
import { domain, schema } from './schema.ts'

/** Idempotency keys live for a day and field uses for half a year; the sweep deletes older ones. */
const sweepEveryMs = 3_600_000

export const prismaFolder = join(import.meta.dirname, '../prisma')

export interface App {
  /** `http://127.0.0.1:4000` */
  url: string
  /** Where `/metrics` is served: `http://127.0.0.1:9464`. */
  metricsUrl: string | undefined
  database: Database
  metrics: Metrics
  notReady: ReadinessCheck
  audit: AuditTrail
  usage: FieldUsage | undefined
  cache: ResponseCache | undefined
  feed: EventFeed
  /** Finishes requests in flight, writes their audit entries and field uses, then closes the database. */
  close(): Promise<void>
}

/** Makes every part from the configuration, puts them together and listens. Benchmarks replace parts of the endpoint. */
export async function openApp(
  config: Config,
  databaseUrl: string,
  log: Log,
  replaced: Partial<EndpointParts> = {},
): Promise<App> {
  const trustedDocuments = await TrustedDocuments.read(config.trustedDocuments, schema)
  const metrics = new Metrics()
  const metricsServer = await openMetrics(config, metrics)
  const database = new Database(databaseUrl, config.database)
  database.onStatement(countStatement)
  const { client, transactions } = database
  const apiKeys = new KeyVerifier(
    {
      client,
      transactions,
      outsideRequest: (write) => requestScope.exit(write),
      onError: (err) => log.warn({ err }, 'the last use of an API key is not kept'),
    },
    domain,
  )
  const notReady = readiness(database, new Migrations(databaseUrl, prismaFolder), () =>
    hasPrivileges(databaseUrl, domain.privileges),
  )
  const limits = await openLimits(config, log, metrics)
  const audit = new AuditTrail({ write: (entries) => database.runInBackground(insertEntries(entries)), log })
  const usage = config.fieldUsage
    ? new FieldUsage({ schema, write: (day, uses) => database.runInBackground(addUses(day, uses)), log })
    : undefined
  const feed = new EventFeed({ url: databaseUrl, log })
  await feed.start()
  const cache = await openCache(config, databaseUrl, { feed, log, metrics })
  const cursors = new CursorCodec(config.cursorSecret ?? (await developmentSecret(config.dataDir, 'cursor')))
  const encryptionSecret = await encryptionSecretOf(config)
  const webhooks = new Webhooks({
    config,
    encryptionSecret,
    databaseUrl,
    database,
    domain,
    feed,
    cursors,
    log,
    metrics,
  })
  const tokens = new TokenVerifier(await tokenProviders(config, log), domain)
  const parts: EndpointParts = {
    config,
    schema,
    domain,
    database,
    authenticator: new Authenticator({ tokens, apiKeys }),
    cursors,
    feed,
    webhooks,
    trustedDocuments,
    limits,
    audit,
    usage,
    cache,
    log,
    metrics,
    ...replaced,
  }
  const endpoint = createEndpoint(parts)
  const relay = await openRelay(config, parts)
  webhooks.start(endpoint)
  const pages = new Pages({ ...parts, demoViewers: config.auth.own ? () => demoTokens(config) : undefined })
  const server = await startServer({ config, endpoint, pages, notReady, log, metrics }).catch(
    async (error: unknown) => {
      await webhooks.stop()
      await relay?.stop()
      await metricsServer?.close()
      limits.close()
      cache?.stop()
      feed.stop()
      await database.close()
      throw error
    },
  )
  const sweep = startSweep(database, config, log)
  return {
    url: server.url,
    metricsUrl: metricsServer?.url,
    database,
    metrics,
    notReady,
    audit,
    usage,
    cache,
    feed,
    close: async () => {
      clearInterval(sweep)
      // Calls that wait for an event respond now.
      feed.stop()
      await server.drain()
      await webhooks.stop()
      await relay?.stop()
      await metricsServer?.close()
      limits.close()
      cache?.stop()
      await apiKeys.close()
      await audit.close()
      await usage?.flush()
      await database.close()
    },
  }
}

function startSweep(database: Database, { events }: Config, log: Log): NodeJS.Timeout {
  const partition = () =>
    database
      .runInBackground(partitionOutbox(events.keepDays))
      .catch((err: unknown) => log.warn({ err }, 'the outbox has no new partition for now'))
  void partition()
  return setInterval(() => {
    void partition()
    database.transactions
      .run(forgetOldKeys)
      .catch((err: unknown) => log.warn({ err }, 'old idempotency keys stay for now'))
    database
      .runInBackground(forgetOldUses())
      .catch((err: unknown) => log.warn({ err }, 'old uses of fields stay for now'))
    database
      .runInBackground(forgetOldDeliveries())
      .catch((err: unknown) => log.warn({ err }, 'old deliveries stay for now'))
  }, sweepEveryMs)
}

/** Throws a ConfigError where the server could not listen; called before a database is made for it. */
export async function requireFreePorts({ host, port, metrics }: Config): Promise<void> {
  await requireFree(host, { name: 'PORT', port })
  await requireFree(metrics.host, { name: 'METRICS_PORT', port: metrics.port ?? 0 })
}

/** Loads the NATS client only where it is used. */
async function openRelay({ events }: Config, { database, feed, cursors, log }: EndpointParts) {
  if (events.relay === undefined) return undefined
  const { EventRelay } = await import('./platform/events/relay.ts')
  const relay = new EventRelay({ url: events.relay, feed, transactions: database.ownTransactions, cursors, log })
  relay.start()
  return relay
}

/** Production has one only where it is set. */
async function encryptionSecretOf({ mode, encryptionSecret, dataDir }: Config): Promise<string | undefined> {
  if (encryptionSecret !== undefined || mode === 'production') return encryptionSecret
  return developmentSecret(dataDir, 'encryption')
}

interface CacheParts {
  feed: EventFeed
  log: Log
  metrics: Metrics
}

async function openCache({ cache: { bytes } }: Config, databaseUrl: string, parts: CacheParts) {
  if (bytes === 0) return undefined
  const { rowPolicies: policies, topics } = domain
  const cache = new ResponseCache({ policies, topics, bytes, databaseUrl, ...parts })
  await cache.start()
  return cache
}

async function openMetrics({ metrics: { host, port } }: Config, metrics: Metrics): Promise<MetricsServer | undefined> {
  return port === undefined ? undefined : startMetricsServer(metrics, host, port)
}

async function tokenProviders({ auth, dataDir }: Config, log: Log): Promise<TokenProvider[]> {
  const own = auth.own ? await developmentKeys(dataDir) : undefined
  return auth.providers.map((settings) => {
    const { issuer } = settings
    return { settings, keys: own ?? new PublishedKeys(settings, (err) => log.warn({ err, issuer }, 'no new keys')) }
  })
}

/** The demo viewers, each with a token signed by the development key. */
export function demoTokens(config: Config) {
  return Promise.all(
    demoViewers.map(async ({ claims, ...viewer }) => {
      return { ...viewer, token: await developmentToken(config.dataDir, config.auth, claims) }
    }),
  )
}
