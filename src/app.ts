import { join } from 'node:path'
import { demoViewers } from '../prisma/demo/viewers.ts'
import { KeyVerifier } from './platform/api-keys/key-verifier.ts'
import { insertEntries } from './platform/audit/audit-entry.ts'
import { AuditTrail } from './platform/audit/audit-trail.ts'
import { Authenticator } from './platform/auth/authenticate.ts'
import { developmentCursorSecret, developmentKeys, developmentToken } from './platform/auth/development-keys.ts'
import { PublishedKeys } from './platform/auth/published-keys.ts'
import { type TokenProvider, TokenVerifier } from './platform/auth/token-verifier.ts'
import { ResponseCache } from './platform/cache/response-cache.ts'
import type { Config } from './platform/config/config.ts'
import { Database } from './platform/database/client.ts'
import { Migrations } from './platform/database/migrations.ts'
import { hasPrivileges } from './platform/database/privileges.ts'
import { readiness } from './platform/database/readiness.ts'
import type { GraphQLServerParts } from './platform/execution/endpoint.ts'
import { FieldUsage } from './platform/field-usage/field-usage.ts'
import { addUses, forgetOldUses } from './platform/field-usage/field-use.ts'
import { CursorCodec } from './platform/graphql/cursor.ts'
import type { ReadinessCheck } from './platform/http/health.ts'
import { requireFree } from './platform/http/listener.ts'
import { type MetricsServer, startMetricsServer } from './platform/http/metrics-server.ts'
import { startServer } from './platform/http/server.ts'
import { openLimits } from './platform/limits/limits.ts'
import { forgetOldKeys } from './platform/mutations/idempotency.ts'
import type { Log } from './platform/observability/log.ts'
import { Metrics } from './platform/observability/metrics.ts'
import { TrustedDocuments } from './platform/trusted-documents/trusted-documents.ts'
import { domain, schema } from './schema.ts'

/** Idempotency keys are good for a day, uses of fields for half a year; old ones only take up room. */
const sweepEveryMs = 3_600_000

export const prismaFolder = join(import.meta.dirname, '../prisma')

export interface App {
  /** `http://127.0.0.1:4000` */
  url: string
  /** Where `/metrics` is, if anywhere: `http://127.0.0.1:9464`. */
  metricsUrl: string | undefined
  database: Database
  metrics: Metrics
  notReady: ReadinessCheck
  audit: AuditTrail
  usage: FieldUsage | undefined
  cache: ResponseCache | undefined
  /** Finishes what is in flight and writes what is to be audited and counted of it, then lets go of the database. */
  close(): Promise<void>
}

/**
 * The server on a database that is there: every part made and put together, from configuration alone. Benchmarks
 * replace a part, to see what it costs.
 */
export async function openApp(
  config: Config,
  databaseUrl: string,
  log: Log,
  replaced: Partial<GraphQLServerParts> = {},
): Promise<App> {
  const trustedDocuments = await TrustedDocuments.read(config.trustedDocuments, schema)
  const metrics = new Metrics()
  const metricsServer = await openMetrics(config, metrics)
  const database = new Database(databaseUrl, config.database)
  const apiKeys = new KeyVerifier(database, domain, (err) =>
    log.warn({ err }, 'the last use of an API key is not kept'),
  )
  const notReady = readiness(database, new Migrations(databaseUrl, prismaFolder), () =>
    hasPrivileges(databaseUrl, domain.privileges),
  )
  const limits = await openLimits(config, log, metrics)
  const audit = new AuditTrail({ write: (entries) => database.aside(insertEntries(entries)), log })
  const usage = config.fieldUsage
    ? new FieldUsage({ schema, write: (day, uses) => database.aside(addUses(day, uses)), log })
    : undefined
  const cache = await openCache(config, databaseUrl, log, metrics)
  const server = await startServer({
    config,
    schema,
    domain,
    database,
    log,
    metrics,
    trustedDocuments,
    limits,
    audit,
    usage,
    cache,
    authenticator: new Authenticator({ tokens: new TokenVerifier(await tokenProviders(config, log), domain), apiKeys }),
    cursors: new CursorCodec(config.cursorSecret ?? (await developmentCursorSecret(config.dataDir))),
    notReady,
    demoViewers: config.auth.own ? () => demoTokens(config) : undefined,
    ...replaced,
  }).catch(async (error: unknown) => {
    await metricsServer?.close()
    limits.close()
    cache?.stop()
    await database.close()
    throw error
  })
  const sweep = setInterval(() => {
    database.transactions
      .run(forgetOldKeys)
      .catch((err: unknown) => log.warn({ err }, 'old idempotency keys stay for now'))
    database.aside(forgetOldUses()).catch((err: unknown) => log.warn({ err }, 'old uses of fields stay for now'))
  }, sweepEveryMs)
  return {
    url: server.url,
    metricsUrl: metricsServer?.url,
    database,
    metrics,
    notReady,
    audit,
    usage,
    cache,
    close: async () => {
      clearInterval(sweep)
      await server.drain()
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

/** To be asked before a database is made for a server that could not listen. */
export async function requireFreePorts({ host, port, metrics }: Config): Promise<void> {
  await requireFree(host, { name: 'PORT', port })
  await requireFree(metrics.host, { name: 'METRICS_PORT', port: metrics.port ?? 0 })
}

/** Only where it may keep anything. */
async function openCache({ cache: { bytes } }: Config, databaseUrl: string, log: Log, metrics: Metrics) {
  if (bytes === 0) return undefined
  const cache = new ResponseCache({ policies: domain.rowPolicies, bytes, databaseUrl, log, metrics })
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

/** The demo viewers, each with a token of this development mode's own key. */
export function demoTokens(config: Config) {
  return Promise.all(
    demoViewers.map(async ({ claims, ...viewer }) => {
      return { ...viewer, token: await developmentToken(config.dataDir, config.auth, claims) }
    }),
  )
}
