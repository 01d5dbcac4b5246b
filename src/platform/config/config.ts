import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { z } from 'zod'
import { type EndpointEnvironment, endpointEnvironment, givenForEndpoints } from './endpoint-settings.ts'
import { filesOf, missingForBucket } from './file-settings.ts'
import { providerSettings } from './provider-settings.ts'
import { settings } from './settings.ts'
import { type NamedSource, sourcesOf } from './source-settings.ts'
import { telemetryOf } from './telemetry-settings.ts'
import { transportOf } from './transport-settings.ts'

type Environment = Record<string, string | undefined>

const environment = z.object(settings)
const oneIssuer = ['AUTH_JWKS_URL', 'AUTH_ISSUER', 'AUTH_AUDIENCE'] as const
/** The script of package.json that starts a server; npm sets `npm_lifecycle_event` to the one it runs. */
const serverScript = 'start'
const requiredInProduction = ['DATABASE_URL', 'CURSOR_SECRET'] as const

export class ConfigError extends Error {}

export type Config = Readonly<ReturnType<typeof parseConfig>>

/** The environment of this process, and below it the settings of its ENV_FILE. */
export function processEnvironment(): Environment {
  return { ...settingsInFile(process.env.ENV_FILE), ...process.env }
}

function settingsInFile(named: string | undefined): Environment {
  try {
    return parseEnv(readFileSync(named || new URL('../../../.env', import.meta.url), 'utf8'))
  } catch (error) {
    if (!named && isMissing(error)) return {}
    throw new ConfigError(`ENV_FILE: ${named || '.env'} cannot be read`)
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

/** Reads the environment once, with the settings of the domain's sources. Throws one ConfigError that lists every error. */
export function parseConfig(env: Environment = processEnvironment(), sources: readonly NamedSource[] = []) {
  const given = dropEmpty(env)
  const parsed = environment.safeParse(given)
  const ofSources = sourcesOf(sources, given)
  const issues = [...(parsed.error?.issues ?? []), ...ofSources.issues]
  const errors = issues.map(describeIssue)
  const mode = parsed.success ? parsed.data.NODE_ENV : given.NODE_ENV
  const required = given.AUTH_PROVIDERS === undefined ? [...requiredInProduction, ...oneIssuer] : requiredInProduction
  if (mode === 'production') {
    for (const name of required) if (given[name] === undefined) errors.push(`${name}: required in production`)
  }
  for (const name of given.AUTH_PROVIDERS === undefined ? [] : oneIssuer) {
    if (given[name] !== undefined) errors.push(`${name}: not together with AUTH_PROVIDERS`)
  }
  if (parsed.data?.TRUSTED_DOCUMENTS === 'enforce' && parsed.data.TRUSTED_DOCUMENTS_PATH === undefined)
    errors.push('TRUSTED_DOCUMENTS_PATH: required by TRUSTED_DOCUMENTS=enforce')
  // Otherwise the embedded database would be migrated silently instead of the named one.
  if (parsed.data?.MIGRATE_DATABASE_URL !== undefined && parsed.data.DATABASE_URL === undefined)
    errors.push('MIGRATE_DATABASE_URL: needs DATABASE_URL, which names the role of the server')
  if (parsed.data?.DATABASE_DIRECT_URL !== undefined && parsed.data.DATABASE_URL === undefined)
    errors.push('DATABASE_DIRECT_URL: needs DATABASE_URL, which names what it goes past')
  if (parsed.data && parsed.data.DATABASE_REPLICA_URLS.length > 0 && parsed.data.DATABASE_URL === undefined)
    errors.push('DATABASE_REPLICA_URLS: needs DATABASE_URL, which names their primary')
  for (const name of missingForBucket(given)) errors.push(`${name}: required by BULK_FILES=s3://…`)
  if (!parsed.success || errors.length > 0) {
    throw environmentError(errors)
  }
  return freezeWhole({
    ...withModeDefaults(parsed.data, given.npm_lifecycle_event === serverScript),
    remote: { timeoutMs: parsed.data.REMOTE_TIMEOUT_MS, sources: ofSources.configs },
    givenForEndpoints: givenForEndpoints(given),
  })
}

/** The configuration of the endpoint of an audience. Throws one ConfigError that lists every error. */
export function endpointConfig(config: Config, audience: string): Config {
  const parsed = endpointEnvironment(config.givenForEndpoints, audience)
  if ('errors' in parsed) throw environmentError(parsed.errors)
  const { limits, ...own } = ofEndpoint(parsed.env, config.mode === 'production')
  return { ...config, ...own, limits: { ...config.limits, ...limits } }
}

function withModeDefaults(env: z.infer<typeof environment>, startedByNpm: boolean) {
  const production = env.NODE_ENV === 'production'
  const endpoint = ofEndpoint(env, production)
  return {
    mode: env.NODE_ENV,
    version: packageVersion(),
    host: env.HOST ?? (production ? '0.0.0.0' : '127.0.0.1'),
    port: env.PORT,
    dataDir: env.DATA_DIR,
    drainDelayMs: env.DRAIN_DELAY_MS ?? (production ? 5000 : 0),
    drainTimeoutMs: env.DRAIN_TIMEOUT_MS,
    startedByNpm,
    database: {
      url: env.DATABASE_URL,
      ownerUrl: env.MIGRATE_DATABASE_URL ?? env.DATABASE_DIRECT_URL ?? env.DATABASE_URL,
      // A database that no setting names is the embedded one.
      pooler: env.DATABASE_POOLER ?? (env.DATABASE_URL === undefined ? ('none' as const) : undefined),
      directUrl: env.DATABASE_DIRECT_URL,
      replicaUrls: env.DATABASE_REPLICA_URLS,
      replicaMaxLagMs: env.REPLICA_MAX_LAG_MS,
      poolSize: env.DATABASE_POOL_SIZE,
      poolWaitMs: env.DATABASE_POOL_WAIT_MS,
      statementTimeoutMs: env.DATABASE_STATEMENT_TIMEOUT_MS,
      timeZone: env.DATABASE_TIME_ZONE,
      reports: { poolSize: env.REPORT_POOL_SIZE, statementTimeoutMs: env.REPORT_TIMEOUT_MS },
      migrateOnStart: env.MIGRATE_ON_START ?? env.DATABASE_URL === undefined,
    },
    auth: withProviders(env),
    cursorSecret: env.CURSOR_SECRET,
    idSecret: env.ID_SECRET,
    encryptionSecret: env.ENCRYPTION_SECRET,
    ...endpoint,
    federation: env.FEDERATION,
    site: env.SITE ?? !production,
    transport: transportOf(env),
    fieldUsage: env.FIELD_USAGE,
    metrics: { host: env.METRICS_HOST, port: env.METRICS_PORT },
    telemetry: telemetryOf(env),
    limits: {
      ...endpoint.limits,
      refusedCredentials: env.MAX_REFUSED_CREDENTIALS,
      importedLines: { capacity: env.IMPORT_LINES_PER_MINUTE, restorePerSecond: env.IMPORT_LINES_PER_MINUTE / 60 },
      exportedRows: { capacity: env.EXPORT_ROWS_PER_MINUTE, restorePerSecond: env.EXPORT_ROWS_PER_MINUTE / 60 },
    },
    exports: { atOnce: env.MAX_EXPORTS, files: filesOf(env) },
    imports: { atOnce: env.MAX_IMPORTS },
    events: { keepDays: env.EVENTS_KEEP_DAYS, relay: env.EVENTS_RELAY },
    audit: { keepDays: env.AUDIT_KEEP_DAYS },
    erasureDelayMs: env.ERASURE_DELAY_HOURS * 3_600_000,
    webhooks: {
      networks: env.WEBHOOK_NETWORKS ?? (production ? [] : ['127.0.0.0/8', '::1']),
      requiresHttps: production,
      timeoutMs: env.WEBHOOK_TIMEOUT_MS,
      firstRetryMs: env.WEBHOOK_FIRST_RETRY_MS,
    },
    cache: { bytes: env.RESPONSE_CACHE_BYTES, maxAgeSeconds: env.RESPONSE_MAX_AGE_SECONDS },
    redisUrl: env.REDIS_URL,
    suspicious: {
      denials: env.SUSPICIOUS_DENIALS_PER_MINUTE,
      personalReads: env.SUSPICIOUS_PERSONAL_READS_PER_MINUTE,
      toolCalls: env.SUSPICIOUS_TOOL_CALLS_PER_MINUTE,
    },
    tools: { cost: env.TOOL_MAX_COST, pageSize: env.TOOL_MAX_PAGE_SIZE },
    auditInLog: env.AUDIT_IN_LOG,
    log: { level: env.LOG_LEVEL, format: env.LOG_FORMAT ?? (production ? ('json' as const) : ('pretty' as const)) },
  }
}

function environmentError(errors: readonly string[]): ConfigError {
  return new ConfigError(
    `The environment has ${errors.length} error(s):\n${errors.map((each) => `  - ${each}`).join('\n')}`,
  )
}

/** What each endpoint may have for itself. */
function ofEndpoint(env: EndpointEnvironment, production: boolean) {
  return {
    corsOrigins: env.CORS_ORIGINS,
    introspection: env.INTROSPECTION ?? !production,
    // Where only trusted documents run, GraphiQL cannot run typed documents.
    graphiql: env.GRAPHIQL ?? (!production && env.TRUSTED_DOCUMENTS !== 'enforce'),
    landingPage: env.LANDING_PAGE ?? !production,
    trustedDocuments: { mode: env.TRUSTED_DOCUMENTS, path: env.TRUSTED_DOCUMENTS_PATH },
    limits: {
      bodyBytes: env.MAX_BODY_BYTES,
      tokens: env.MAX_TOKENS,
      depth: env.MAX_DEPTH,
      aliases: env.MAX_ALIASES,
      directives: env.MAX_DIRECTIVES,
      cost: env.MAX_COST,
      pageSize: env.MAX_PAGE_SIZE,
      mutations: env.MAX_MUTATIONS,
      viewer: { capacity: env.RATE_LIMIT_CAPACITY, restorePerSecond: env.RATE_LIMIT_RESTORE_PER_SECOND },
      anonymous: {
        capacity: env.RATE_LIMIT_ANONYMOUS_CAPACITY,
        restorePerSecond: env.RATE_LIMIT_ANONYMOUS_RESTORE_PER_SECOND,
      },
    },
    streams: { perPrincipal: env.MAX_STREAMS_PER_VIEWER, perProcess: env.MAX_STREAMS },
  }
}

/** With `own` the process signs tokens with its development key, for this issuer and audience. */
function withProviders(env: z.infer<typeof environment>) {
  const issuer = env.AUTH_ISSUER ?? 'urn:frontdoor:development'
  const audience = env.AUTH_AUDIENCE ?? 'frontdoor'
  const one = { ...providerSettings.parse({ issuer, audience }), jwksUrl: env.AUTH_JWKS_URL }
  const own = env.AUTH_PROVIDERS === undefined && env.AUTH_JWKS_URL === undefined
  return { own, issuer, audience, providers: env.AUTH_PROVIDERS ?? [one] }
}

function freezeWhole<T extends object>(value: T): Readonly<T> {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) freezeWhole(part)
  return Object.freeze(value)
}

/** RFC 6454, section 6.1: scheme, host, and the port unless it is the scheme's default. */
function dropEmpty(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim() !== ''))
}

/** Names the variable and the error, and never the value, which may be a secret. */
function describeIssue(issue: z.core.$ZodIssue): string {
  return `${issue.path.join('.')}: ${issue.message}`
}

function packageVersion(): string {
  const file = new URL('../../../package.json', import.meta.url)
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8'))).version
}
