import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { providerSettings, providersFromText } from './provider-settings.ts'
import { transportOf, transportSettings } from './transport-settings.ts'
import { wholeNumber } from './whole-number.ts'

type Environment = Record<string, string | undefined>

const flag = z.enum(['true', 'false']).transform((value) => value === 'true')
/** Origins as browsers send them. Another spelling, a path or `*` would silently match no page. */
const origins = z
  .string()
  .transform((value) =>
    value
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  )
  .refine((items) => items.every(isOrigin), {
    error:
      'must be origins such as https://app.example or http://localhost:5173: scheme, host and port in lower case, ' +
      'without a path, a "/" at the end or "*"',
  })
const count = wholeNumber(1)
const rate = z.coerce.number('must be a number above 0').positive('must be a number above 0')
const port = wholeNumber(0, 65_535)
const url = z.url({ protocol: /^https?$/ })

/**
 * Every variable the server reads. The README's table of settings is held against this by a test: `describe` is the
 * text, `meta.default` what is shown where the default depends on the mode.
 */
export const settings = {
  NODE_ENV: z
    .enum(['development', 'production', 'test'])
    .default('development')
    .describe('The mode: `development`, `test` or `production`.'),
  HOST: z
    .string()
    .min(1)
    .optional()
    .describe('The address to listen on.')
    .meta({ default: '`127.0.0.1`; in production `0.0.0.0`' }),
  PORT: port.default(4000).describe('The port to listen on; `0` takes a free one.'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('The PostgreSQL (14 to 18) to use, as the role the server works under. Required in production.')
    .meta({ default: 'the embedded one' }),
  MIGRATE_DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('The same database as the role that owns the tables: migrations and seeding use it.')
    .meta({ default: '`DATABASE_URL`, less safe: the server could then change and drop tables' }),
  DATABASE_POOL_SIZE: wholeNumber(1, 1000).default(20).describe('How many connections one process may hold.'),
  DATABASE_POOL_WAIT_MS: count.default(5000).describe('How long a request waits for a connection, in milliseconds.'),
  DATABASE_STATEMENT_TIMEOUT_MS: count.default(10_000).describe('How long one statement may run, in milliseconds.'),
  MIGRATE_ON_START: flag
    .optional()
    .describe('Apply missing migrations before listening.')
    .meta({ default: '`true` for the embedded database, else `false`' }),
  DATA_DIR: z
    .string()
    .min(1)
    .default('.data')
    .describe('The folder of the embedded database and the development keys.'),
  AUTH_JWKS_URL: url
    .optional()
    .describe('Where the keys that sign tokens are published. Required in production, or `AUTH_PROVIDERS`.')
    .meta({ default: 'a key pair of its own, in `DATA_DIR`' }),
  AUTH_ISSUER: z
    .string()
    .min(1)
    .optional()
    .describe('The `iss` a token must carry. Required in production, or `AUTH_PROVIDERS`.')
    .meta({ default: '`urn:frontdoor:development`' }),
  AUTH_AUDIENCE: z
    .string()
    .min(1)
    .optional()
    .describe('The `aud` a token must carry. Required in production, or `AUTH_PROVIDERS`.')
    .meta({ default: '`frontdoor`' }),
  AUTH_PROVIDERS: providersFromText
    .optional()
    .describe(
      'In the place of these three, any number of OpenID Connect providers: a JSON array, or the path of a file that ' +
        'holds one. Each has `issuer`, `audience`, and, as needed, `jwksUrl`, `algorithms`, `clockToleranceSeconds`, ' +
        '`tokenType`, `claims`, `roleNames`, `idPrefix`; see [provider-settings.ts](src/platform/config/provider-settings.ts).',
    )
    .meta({ default: 'none' }),
  CURSOR_SECRET: z
    .string()
    .min(32)
    .optional()
    .describe('At least 32 characters that authenticate cursors; the same on every replica. Required in production.')
    .meta({ default: 'made once, in `DATA_DIR`' }),
  CORS_ORIGINS: origins
    .default([])
    .describe('Origins whose pages may call the API, separated by commas.')
    .meta({ default: 'none' }),
  INTROSPECTION: flag
    .optional()
    .describe('Answer introspection queries, and serve the schema at `/schema.graphql`.')
    .meta({ default: '`true`; in production `false`' }),
  GRAPHIQL: z
    .union([flag, z.literal('signed-in')], { error: 'must be true, false or signed-in' })
    .optional()
    .describe(
      'Serve GraphiQL to browsers at `/graphql`: `true`, `false`, or `signed-in`, where it sends nothing until it is ' +
        'given a token or API key, and keeps that in memory only.',
    )
    .meta({ default: '`true`; in production `false`' }),
  LANDING_PAGE: flag
    .optional()
    .describe('Tell browsers at `/` what runs here; in production that an API does, and its links.')
    .meta({ default: '`true`; in production `false`' }),
  SITE: flag
    .optional()
    .describe('Serve the web application that comes with the domain, where it is built.')
    .meta({ default: '`true`; in production `false`' }),
  TRUSTED_DOCUMENTS: z
    .enum(['off', 'log', 'enforce'])
    .default('off')
    .describe('What becomes of documents that no manifest has: they run, run and are logged, or are refused.'),
  TRUSTED_DOCUMENTS_PATH: z
    .string()
    .min(1)
    .optional()
    .describe('The manifest of trusted documents, or a folder of them. Required by `TRUSTED_DOCUMENTS=enforce`.'),
  ...transportSettings,
  MAX_BODY_BYTES: count.default(262_144).describe('The largest request body, in bytes.'),
  MAX_TOKENS: count.default(2000).describe('The most tokens a document may have.'),
  MAX_DEPTH: count.default(12).describe('How deep a document may nest.'),
  MAX_ALIASES: count.default(30).describe('The most aliases a document may have.'),
  MAX_DIRECTIVES: count.default(30).describe('The most directives a document may have.'),
  MAX_COST: count.default(5000).describe('The highest cost of one operation; see `extensions.cost`.'),
  MAX_MUTATIONS: count.default(10).describe('The most mutations one request may run.'),
  MAX_REFUSED_CREDENTIALS: count
    .default(10)
    .describe('How many credentials of one address are refused in a minute before no new ones are looked at.'),
  RATE_LIMIT_CAPACITY: count
    .default(50_000)
    .describe('How much cost a viewer may use at once; what is used comes back with time.'),
  RATE_LIMIT_RESTORE_PER_SECOND: rate.default(500).describe('How much of it comes back each second.'),
  RATE_LIMIT_ANONYMOUS_CAPACITY: count
    .default(10_000)
    .describe('The same for requests without a viewer, by address; of IPv6 by its first 64 bits.'),
  RATE_LIMIT_ANONYMOUS_RESTORE_PER_SECOND: rate.default(100).describe('How much of that comes back each second.'),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/ })
    .optional()
    .describe('A Redis that shares limits between replicas; without it each counts for itself.'),
  SUSPICIOUS_DENIALS_PER_MINUTE: count
    .default(20)
    .describe(
      'How many denied operations of one principal in a minute are logged as suspicious, and how many answers they may ' +
        'get that tell whether another has something.',
    ),
  SUSPICIOUS_PERSONAL_READS_PER_MINUTE: count
    .default(500)
    .describe('Of how many rows one principal may read personal values in a minute before it is logged as suspicious.'),
  RESPONSE_CACHE_BYTES: z.coerce
    .number()
    .int()
    .min(0)
    .default(0)
    .describe('How many bytes one process may use for answers that show only what is public; `0` keeps none.'),
  RESPONSE_MAX_AGE_SECONDS: z.coerce
    .number()
    .int()
    .min(0)
    .default(10)
    .describe('How long others may keep such an answer to a GET of a trusted document; needs the setting above.'),
  FIELD_USAGE: flag
    .default(true)
    .describe('Count which fields clients ask for, by the name and version they give; see `npm run schema:usage`.'),
  METRICS_PORT: port
    .optional()
    .describe('The port of a second listener, for `/metrics` alone; `0` takes a free one.')
    .meta({ default: 'none: no metrics are served' }),
  METRICS_HOST: z.string().min(1).default('127.0.0.1').describe('The address that listener listens on.'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('The least severe level that is logged.'),
  LOG_FORMAT: z
    .enum(['json', 'pretty'])
    .optional()
    .describe('One JSON object a line, or lines for people.')
    .meta({ default: '`pretty`; in production `json`' }),
  DRAIN_TIMEOUT_MS: count
    .default(10_000)
    .describe('How long requests in flight may take to end on shutdown, in milliseconds.'),
}

const environment = z.object(settings)
const oneIssuer = ['AUTH_JWKS_URL', 'AUTH_ISSUER', 'AUTH_AUDIENCE'] as const
/** Scripts of package.json that start a server; npm sets `npm_lifecycle_event` to the one it runs. */
const serverScripts: readonly (string | undefined)[] = ['start', 'storefront']
const requiredInProduction = ['DATABASE_URL', 'CURSOR_SECRET'] as const

export class ConfigError extends Error {}

export type Config = Readonly<ReturnType<typeof parseConfig>>

/** Reads the environment once. Throws one ConfigError that lists every error. */
export function parseConfig(env: Environment = process.env) {
  const given = dropEmpty(env)
  const parsed = environment.safeParse(given)
  const errors = parsed.success ? [] : parsed.error.issues.map(describeIssue)
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
  if (!parsed.success || errors.length > 0) {
    throw new ConfigError(`The environment has ${errors.length} error(s):\n${errors.map((f) => `  - ${f}`).join('\n')}`)
  }
  return freezeWhole(withModeDefaults(parsed.data, serverScripts.includes(given.npm_lifecycle_event)))
}

function withModeDefaults(env: z.infer<typeof environment>, startedByNpm: boolean) {
  const production = env.NODE_ENV === 'production'
  return {
    mode: env.NODE_ENV,
    version: packageVersion(),
    host: env.HOST ?? (production ? '0.0.0.0' : '127.0.0.1'),
    port: env.PORT,
    dataDir: env.DATA_DIR,
    drainTimeoutMs: env.DRAIN_TIMEOUT_MS,
    startedByNpm,
    database: {
      url: env.DATABASE_URL,
      ownerUrl: env.MIGRATE_DATABASE_URL ?? env.DATABASE_URL,
      poolSize: env.DATABASE_POOL_SIZE,
      poolWaitMs: env.DATABASE_POOL_WAIT_MS,
      statementTimeoutMs: env.DATABASE_STATEMENT_TIMEOUT_MS,
      migrateOnStart: env.MIGRATE_ON_START ?? env.DATABASE_URL === undefined,
    },
    auth: withProviders(env),
    cursorSecret: env.CURSOR_SECRET,
    corsOrigins: env.CORS_ORIGINS,
    introspection: env.INTROSPECTION ?? !production,
    // Where only trusted documents run, GraphiQL cannot run typed documents.
    graphiql: env.GRAPHIQL ?? (!production && env.TRUSTED_DOCUMENTS !== 'enforce'),
    landingPage: env.LANDING_PAGE ?? !production,
    site: env.SITE ?? !production,
    trustedDocuments: { mode: env.TRUSTED_DOCUMENTS, path: env.TRUSTED_DOCUMENTS_PATH },
    transport: transportOf(env),
    fieldUsage: env.FIELD_USAGE,
    metrics: { host: env.METRICS_HOST, port: env.METRICS_PORT },
    limits: {
      bodyBytes: env.MAX_BODY_BYTES,
      tokens: env.MAX_TOKENS,
      depth: env.MAX_DEPTH,
      aliases: env.MAX_ALIASES,
      directives: env.MAX_DIRECTIVES,
      cost: env.MAX_COST,
      mutations: env.MAX_MUTATIONS,
      refusedCredentials: env.MAX_REFUSED_CREDENTIALS,
      viewer: { capacity: env.RATE_LIMIT_CAPACITY, restorePerSecond: env.RATE_LIMIT_RESTORE_PER_SECOND },
      anonymous: {
        capacity: env.RATE_LIMIT_ANONYMOUS_CAPACITY,
        restorePerSecond: env.RATE_LIMIT_ANONYMOUS_RESTORE_PER_SECOND,
      },
    },
    cache: { bytes: env.RESPONSE_CACHE_BYTES, maxAgeSeconds: env.RESPONSE_MAX_AGE_SECONDS },
    redisUrl: env.REDIS_URL,
    suspicious: {
      denials: env.SUSPICIOUS_DENIALS_PER_MINUTE,
      personalReads: env.SUSPICIOUS_PERSONAL_READS_PER_MINUTE,
    },
    log: { level: env.LOG_LEVEL, format: env.LOG_FORMAT ?? (production ? ('json' as const) : ('pretty' as const)) },
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
function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text
}

/** A variable that is empty or blank counts as unset: compose files and shells write both. */
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
