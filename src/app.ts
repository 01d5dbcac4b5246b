import { join } from 'node:path'
import { measure } from './app-metrics.ts'
import { demoTokens } from './demo-tokens.ts'
import { findDatabase, isAsAssumed } from './find-database.ts'
import { serveOperations } from './named-operations.ts'
import { openCache, openFiles, openMetrics, openRelay, openTracing } from './optional-parts.ts'
import { Admission } from './platform/admission/admission.ts'
import { KeyVerifier } from './platform/api-keys/key-verifier.ts'
import { noKeys } from './platform/api-keys/no-keys.ts'
import { insertEntries } from './platform/audit/audit-entry.ts'
import { AuditTrail } from './platform/audit/audit-trail.ts'
import { suspicionOf } from './platform/audit/suspicion.ts'
import { Authenticator } from './platform/auth/authenticate.ts'
import { developmentKeys, developmentSecret } from './platform/auth/development-keys.ts'
import { PublishedKeys } from './platform/auth/published-keys.ts'
import { type TokenProvider, TokenVerifier } from './platform/auth/token-verifier.ts'
import { Bulk } from './platform/bulk/bulk.ts'
import { ExportJobs } from './platform/bulk/export-jobs.ts'
import { ExportSlots } from './platform/bulk/export-slots.ts'
import { FileLinks } from './platform/bulk/file-link.ts'
import type { ResponseCache } from './platform/cache/response-cache.ts'
import { type Config, endpointConfig } from './platform/config/config.ts'
import { Database, type ReplicaParts } from './platform/database/client.ts'
import { Migrations } from './platform/database/migrations.ts'
import { passageOf, throughPooler } from './platform/database/pooler.ts'
import { hasPrivileges } from './platform/database/privileges.ts'
import { type ReadinessCheck, readiness } from './platform/database/readiness.ts'
import type { Audience, Domain } from './platform/domain.ts'
import { EventFeed } from './platform/events/feed.ts'
import { partitionOutbox } from './platform/events/retention.ts'
import { ConsistencyTokens } from './platform/execution/consistency-token.ts'
import { createEndpoint, type EndpointParts } from './platform/execution/endpoint.ts'
import { transactionsOf } from './platform/execution/request-context.ts'
import { countStatement, currentBounds, keepFailedStatement, requestScope } from './platform/execution/request-scope.ts'
import { FieldUsage } from './platform/field-usage/field-usage.ts'
import { addUses } from './platform/field-usage/field-use.ts'
import { CursorCodec } from './platform/graphql/cursor.ts'
import { type ExchangeRequest, graphqlPathOf } from './platform/http/exchange.ts'
import type { ServedEndpoint } from './platform/http/front.ts'
import { requireFree } from './platform/http/listener.ts'
import { startServer } from './platform/http/server.ts'
import { Jobs } from './platform/jobs/jobs.ts'
import { openLimits } from './platform/limits/limits.ts'
import { Precedence } from './platform/limits/precedence.ts'
import type { Log } from './platform/observability/log.ts'
import { Metrics } from './platform/observability/metrics.ts'
import { operationFolder, readCatalogue } from './platform/operations/catalogue.ts'
import { Pages } from './platform/pages/pages.ts'
import { PersonJobs } from './platform/persons/requests/person-jobs.ts'
import { Retention } from './platform/persons/retention/retention.ts'
import { RemoteServices } from './platform/services/remote-services.ts'
import { TrustedDocuments } from './platform/trusted-documents/trusted-documents.ts'
import { Webhooks } from './platform/webhooks/webhooks.ts'
import { retentionRules } from './retention.ts'
import { audienceSchemas, domain, schema as plainSchema, subgraphSchema } from './schema.ts'
import { encryptionSecretOf, sealIds } from './secrets.ts'

export const prismaFolder = join(import.meta.dirname, '../prisma')

export interface App {
  /** `http://127.0.0.1:4000` */
  url: string
  /** Where `/metrics` is served: `http://127.0.0.1:9464`. */
  metricsUrl: string | undefined
  database: Database
  metrics: Metrics
  notReady: ReadinessCheck
  /** Why it only reads; undefined where it can do everything. */
  readingOnly: string | undefined
  /** How sessions of the server's role are opened. */
  databaseUrl: string
  audit: AuditTrail
  usage: FieldUsage | undefined
  cache: ResponseCache | undefined
  feed: EventFeed
  exports: ExportJobs
  retention: Retention
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
  await sealIds(config)
  const schema = config.federation ? subgraphSchema() : plainSchema
  const built = builtManifest(config, replaced.domain ?? domain)
  const { operations } = replaced.domain ?? domain
  const catalogue = await readCatalogue(operations?.folder, schema)
  const trustedDocuments = await TrustedDocuments.read(config.trustedDocuments, schema, {
    built,
    operations: catalogue.documents,
  })
  const metrics = new Metrics()
  const metricsServer = await openMetrics(config, metrics)
  const tracing = await openTracing(config, databaseUrl, log)
  const { readingOnly, operatorSchemas, isAssumed, poolUrl } = await findDatabase(databaseUrl, config, log)
  // What needs a session works in another way where only a pooler is there.
  const sessionUrl = config.database.directUrl ?? poolUrl
  const isReadingOnly = readingOnly !== undefined
  const replicas = isReadingOnly ? undefined : replicaParts(config, { poolUrl, log, metrics })
  const database = new Database(poolUrl, { ...config.database, operatorSchemas, bounds: currentBounds }, replicas)
  database.onStatement(countStatement)
  database.onFailedStatement(keepFailedStatement)
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
  const notReady = readiness(
    database,
    new Migrations(poolUrl, prismaFolder, domain.name),
    () => hasPrivileges(poolUrl, domain.privileges),
    { isReadingOnly, isAsAssumed: isAssumed ? () => isAsAssumed(poolUrl, config) : undefined },
  )
  const limits = await openLimits(config, log, metrics)
  const audit = new AuditTrail({
    write: async (entries) => {
      if (!isReadingOnly) return database.runInBackground(insertEntries(entries))
      for (const entry of entries) log.info({ audit: entry }, 'audit entry')
    },
    log,
    onLost: (entries) => metrics.auditLost.inc(entries),
  })
  measure(metrics, { version: config.version, database, audit, notReady })
  const usage =
    config.fieldUsage && !isReadingOnly
      ? new FieldUsage({ schema, write: (day, uses) => database.runInBackground(addUses(day, uses)), log })
      : undefined
  const feed = new EventFeed({ url: sessionUrl, log, isOff: isReadingOnly })
  await feed.start()
  const cache = isReadingOnly ? undefined : await openCache(config, sessionUrl, { feed, log, metrics })
  await database.replicas?.start()
  const cursorSecret = config.cursorSecret ?? (await developmentSecret(config.dataDir, 'cursor'))
  const cursors = new CursorCodec(cursorSecret)
  const tokens = new ConsistencyTokens(cursorSecret)
  const encryptionSecret = await encryptionSecretOf(config)
  const services = new RemoteServices({ sources: domain.remoteSources ?? [], config, log, metrics })
  const jobs = new Jobs({ databaseUrl: sessionUrl, log })
  const webhooks = new Webhooks({
    config,
    encryptionSecret,
    jobs,
    database,
    domain,
    feed,
    cursors,
    log,
    metrics,
    tracing,
  })
  const precedence = new Precedence()
  const exporting = {
    precedence,
    openSnapshot: (request: ExchangeRequest) => database.openSnapshot(tokens.seenBy(request)),
    budget: limits.exportedRows,
    trail: audit,
    log,
    metrics,
    database,
    store: await openFiles(config),
    links: new FileLinks(cursorSecret),
    slots: new ExportSlots(config.exports.atOnce, metrics.exportsRunning),
  }
  const exports = new ExportJobs({ ...exporting, domain, jobs, workers: config.exports.atOnce })
  const persons = new PersonJobs({
    ...exporting,
    domain: replaced.domain ?? domain,
    schema,
    encryptionSecret,
    erasureDelayMs: config.erasureDelayMs,
    jobs,
  })
  const rules = retentionRules({ config, domain: replaced.domain ?? domain, database, exports, persons })
  const retention = new Retention({ rules, log, metrics })
  const parts: EndpointParts = {
    config,
    schema,
    domain,
    database,
    authenticator: new Authenticator({
      tokens: new TokenVerifier(await tokenProviders(config, log), domain),
      apiKeys: isReadingOnly ? noKeys : apiKeys,
    }),
    cursors,
    tokens,
    feed,
    webhooks,
    exports,
    persons,
    services,
    isReadingOnly,
    hasAuditInLog: config.auditInLog,
    trustedDocuments,
    limits,
    audit,
    usage,
    cache,
    log,
    metrics,
    tracing,
    ...replaced,
  }
  const admission = new Admission({
    pools: () => database.pools.filter(({ pool }) => pool === 'requests'),
    queueTimeoutMs: config.transport.queueTimeoutMs,
    log,
    metrics,
  })
  const endpoint = createEndpoint({ ...parts, precedence, admission })
  const audiences = await Promise.all(
    Object.entries(domain.audiences ?? {}).map(([name, audience]) =>
      audienceParts({ name, ...audience }, parts, built),
    ),
  )
  const relay = isReadingOnly ? undefined : await openRelay(config, parts)
  if (!isReadingOnly) {
    webhooks.start(endpoint)
    exports.start(endpoint)
    persons.start()
  }
  const named = serveOperations({
    endpoints: [
      { audience: undefined, catalogue, config, schema, endpoint },
      ...audiences.map((own) => ({ ...own, endpoint: createEndpoint({ ...own, precedence, admission }) })),
    ],
    operations,
    config,
    admission,
    suspicion: suspicionOf({ config, log, metrics }),
    trail: audit,
    secret: cursorSecret,
    log,
  })
  const pages = new Pages({
    config,
    domain: parts.domain,
    endpoints: named.described,
    demoViewers: config.auth.own ? () => demoTokens(config, domain) : undefined,
  })
  const endpoints = new Map<string, ServedEndpoint>(
    named.described.map(({ audience, config, endpoint }) => [graphqlPathOf(audience?.name), { config, endpoint }]),
  )
  const bulk = new Bulk({
    ...exporting,
    respondWithPage: endpoint.respondWithPage,
    bodyBytes: config.limits.bodyBytes,
    schema,
    viewerOf: endpoint.viewerOf,
    transactions: transactionsOf(parts),
    long: database.longTransactions,
    imports: config.imports.atOnce,
    importedLines: limits.importedLines,
    isReadingOnly,
  })
  const stopParts = async () => {
    admission.close()
    await Promise.all([webhooks.stop(), exports.stop(), persons.stop()])
    services.close()
    await named.tools?.close()
    await relay?.stop()
    await metricsServer?.close()
    limits.close()
    cache?.stop()
    await apiKeys.close()
    await audit.close()
    await usage?.flush()
    await tracing?.close()
    await database.close()
  }
  const server = await startServer({
    config,
    endpoints,
    rest: named.rest,
    tools: named.tools,
    pages,
    bulk,
    notReady,
    admission,
    log,
    metrics,
    tracing,
  }).catch(async (error: unknown) => {
    feed.stop()
    await stopParts()
    throw error
  })
  if (!isReadingOnly) {
    // An outbox without a partition for today writes into the rest, which is slower.
    void database
      .runInBackground(partitionOutbox(config.events.keepDays))
      .catch((err: unknown) => log.warn({ err }, 'the outbox has no new partition for now'))
    retention.start()
  }
  return {
    url: server.url,
    metricsUrl: metricsServer?.url,
    database,
    metrics,
    notReady,
    readingOnly,
    databaseUrl: poolUrl,
    audit,
    usage,
    cache,
    feed,
    exports,
    retention,
    close: async () => {
      retention.stop()
      const retiring = server.retire()
      if (retiring) await retiring
      // Calls that wait for an event respond now.
      feed.stop()
      await server.drain()
      await stopParts()
    },
  }
}

/** In production the settings alone name the manifests. */
function builtManifest({ mode, site: isServed }: Config, { site }: Domain): string | undefined {
  return mode !== 'production' && isServed ? site?.manifest : undefined
}

/** The parts of the endpoint of an audience that are not those of the back office. */
async function audienceParts(audience: Audience & { name: string }, parts: EndpointParts, built: string | undefined) {
  const { name } = audience
  const own = audienceSchemas.get(name)
  if (!own) throw new Error(`there is no schema for the audience ${name}`)
  const config = endpointConfig(parts.config, name)
  const { trustedDocuments: trusted } = config
  const { operations } = parts.domain
  const catalogue = await readCatalogue(operations && operationFolder(operations.folder, name), own)
  return {
    ...parts,
    audience,
    config,
    schema: own,
    catalogue,
    trustedDocuments: await TrustedDocuments.read(trusted, own, {
      isPart: trusted.path === parts.config.trustedDocuments.path,
      built,
      operations: catalogue.documents,
    }),
    limits: parts.limits.forEndpoint(name, config.limits),
  }
}

function replicaParts(
  { database: { replicaUrls, replicaMaxLagMs } }: Config,
  { poolUrl, log, metrics }: { poolUrl: string; log: Log; metrics: Metrics },
): ReplicaParts {
  const { pooler } = passageOf(poolUrl)
  return {
    urls: pooler ? replicaUrls.map((url) => throughPooler(url, pooler)) : replicaUrls,
    maxLagMs: replicaMaxLagMs,
    reports: {
      lag: (replica, seconds) => metrics.replicaLag.set({ replica }, seconds),
      usable: (replica, isUsable, why) => {
        metrics.replicaUp.set({ replica }, isUsable ? 1 : 0)
        if (isUsable) log.info({ replica }, 'the replica takes reads')
        else log.warn({ replica, ...why }, 'the replica takes no reads')
      },
      primaryLost: (err) =>
        log.warn({ err }, 'replicas cannot be compared with the primary: they take no reads for now'),
      repeated: (replica) => metrics.repeatedReads.inc({ replica }),
    },
  }
}

/** Throws a ConfigError where the server could not listen; called before a database is made for it. */
export async function requireFreePorts({ host, port, metrics }: Config): Promise<void> {
  await requireFree(host, { name: 'PORT', port })
  await requireFree(metrics.host, { name: 'METRICS_PORT', port: metrics.port ?? 0 })
}

async function tokenProviders({ auth, dataDir }: Config, log: Log): Promise<TokenProvider[]> {
  const own = auth.own ? await developmentKeys(dataDir) : undefined
  return auth.providers.map((settings) => {
    const { issuer } = settings
    return { settings, keys: own ?? new PublishedKeys(settings, (err) => log.warn({ err, issuer }, 'no new keys')) }
  })
}
